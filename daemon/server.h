/*
 * The listening socket: who may connect, and how many.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

/* Accepts on fd, which it takes. */
void server_start(int fd);
/* Accepts on another one, which it takes, and on that before no longer. */
void server_move(int fd);
void server_stop(void);

#endif
