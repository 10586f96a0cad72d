/*
 * Traces its parent, which hears no signal then but SIGKILL: tracer, which says
 * so and stays.
 */
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

int
main(void)
{
	if (ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == -1) {
		puts("not allowed");
		return 1;
	}
	puts("traces");
	fflush(stdout);
	for (;;)
		pause();
}
