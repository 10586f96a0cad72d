/*
 * The listening socket: who may connect, and how many.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

/* Accepts on fd, which it takes. */
void server_start(int fd);
/* Accepts on another socket, which it takes, and closes the one before. */
void server_move(int fd);
void server_stop(void);

#endif
