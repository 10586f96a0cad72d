/*
 * Talks over a connection that another process has made, which has ended:
 * impostor SOCKET PID passes the lines of stdin to SOCKET, and an answer to
 * each to stdout.  PID, who listens, is stopped until that process has gone.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int
connect_by_another(const char *path, pid_t listener)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int status = -1, fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	kill(listener, SIGSTOP);
	strncpy(sun.sun_path, path, sizeof(sun.sun_path) - 1);
	pid = fork();
	if (pid == 0)
		_exit(connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0);
	waitpid(pid, &status, 0);
	kill(listener, SIGCONT);
	return status == 0 ? fd : -1;
}

int
main(int argc, char **argv)
{
	static char line[1 << 20];
	FILE *in, *out;
	int fd;

	if (argc != 3 ||
	    (fd = connect_by_another(argv[1], atoi(argv[2]))) == -1 ||
	    (out = fdopen(fd, "w")) == NULL ||
	    (in = fdopen(dup(fd), "r")) == NULL)
		return 1;
	while (fgets(line, sizeof(line), stdin) != NULL) {
		fputs(line, out);
		fflush(out);
		if (fgets(line, sizeof(line), in) == NULL)
			return 1;
		fputs(line, stdout);
	}
	return 0;
}
