/*
 * Every limit that more than one file or a user meets, each with its reason.
 */
#ifndef COMMON_LIMITS_H
#define COMMON_LIMITS_H

/* One JSON-RPC line; the SDK clients drop a connection at 10 MiB. */
#define LINE_MAX_BYTES (10u << 20)
/* Depth of JSON from outside; json-c allocates this much up front. */
#define JSON_MAX_DEPTH 64
/* Values in one line: json-c needs some 700 bytes for each "{}". */
#define JSON_MAX_NODES 50000
/* Of data for the standard input of a command: as base64 it fits into a line. */
#define STDIN_MAX_BYTES (4u << 20)
/* A JSON-RPC id, which every answer repeats. */
#define ID_MAX_BYTES 1024
/* Requests of one session in flight at once. */
#define CLIENT_MAX_CALLS 64
/* Resources and tasks of one session that it is told of: each costs inotify. */
#define CLIENT_MAX_WATCHES 256
/* Questions to a client in one answer, rounds of them in one call, and the
 * line that answers one, which is kept until all are answered. */
#define CALL_MAX_ASKS 16
#define CALL_MAX_ROUNDS 8
#define CALL_MAX_ANSWER_BYTES (256u << 10)
/* More than this queued for a reader: stop reading from it. */
#define CLIENT_MAX_QUEUED (1u << 20)
/* Connections at once: sessions of one user, and then some. */
#define CLIENTS_MAX 1000
/* Of these, such as are not known to be outside of all tasks: all of them, and
 * those inside of one task, or that cannot be looked at, or of which it will be
 * told later: the last may be persons. */
#define CLIENTS_MAX_INSIDE 800
#define CLIENTS_MAX_OF_TASK 100
/* A client that has not said hello by then makes room for others. */
#define HELLO_MAX_MS 5000
/* Tasks that are queued or running. */
#define TASKS_MAX_LIVE 10000
/* Tasks in one start_tasks, and ids in one call. */
#define TASKS_MAX_PER_CALL 50
/* Longest time between an agent that the API refused and its next try. */
#define RETRY_BACK_OFF_MAX_MS (INT64_C(3600) * 1000)
/* The longest wait for a usage limit that resets: longer than a month. */
#define USAGE_LIMIT_MAX_S (INT64_C(40) * 24 * 3600)
/* Agents launched in one period: the time of each launch is kept. */
#define AGENT_LAUNCHES_MAX 100
/* Characters of an answer; Claude Code saves longer ones to a file at 50,000. */
#define ANSWER_MAX_CHARS 49000
/* Characters of each task's result, unless a call asks for another number. */
#define RESULT_CHARS 4000
/* What else a call may ask for; the rest of an answer needs some room, too. */
#define TEXT_MIN_CHARS 200
#define TEXT_MAX_CHARS 45000
/* Seconds that a call waits by default; SDK clients give up after 60. */
#define CALL_WAIT_S 45
/* The most; who wants to wait longer calls again. */
#define CALL_MAX_WAIT_S 3600
/* Seconds that a call without a wait waits to tell that programs began. */
#define CALL_START_S 10
/* Seconds of an age that a call names: ten years. */
#define AGE_MAX_S 315360000
/* What a tool is to be used with, where a user is asked for it. */
#define QUESTION_INPUT_MAX_BYTES (256u << 10)
/* The bytes of one argument of execve(2) (MAX_ARG_STRLEN). */
#define EXEC_MAX_ARG_BYTES (128u << 10)
/* An environment: a quarter of the usual stack, which is what execve(2) takes. */
#define EXEC_MAX_ENV_BYTES (2u << 20)
/* A label, or the name of a group, has a column of a table. */
#define LABEL_MAX_CHARS 40
/* Finished tasks looked through for a label or for what nobody has seen. */
#define HISTORY_MAX_SCAN 1000
/* sun_path, with its NUL (unix(7)). */
#define SOCKET_PATH_SIZE 108

#endif
