/* fdatasync and fsync that sleep SLOW_SYNC_MICROS before they sync. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int slowly(const char *name, int fd)
{
	int (*next)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
	const char *micros = getenv("SLOW_SYNC_MICROS");
	long pause = micros ? atol(micros) : 0;
	struct timespec left = {pause / 1000000, pause % 1000000 * 1000};

	while (nanosleep(&left, &left) != 0)
		;
	return next(fd);
}

int fdatasync(int fd)
{
	return slowly("fdatasync", fd);
}

int fsync(int fd)
{
	return slowly("fsync", fd);
}
