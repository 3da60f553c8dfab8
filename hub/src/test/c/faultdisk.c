/*
 * A disk that fails when it is told to. Preloaded into a JVM, it stands between libnio and the C library for files below FAULTDISK_FOLDER, and
 * does what the control file FAULTDISK_CONTROL says at that moment. One rule a line, five words:
 *
 *     operation  part-of-path  action  amount  times
 *
 * operation: write (amount: bytes written before the fault), sync, open (for writing), truncate, unlink, rename, read (amount: the offset of the
 *     bad sector of 4 KiB), free (statvfs), clock.
 * action: ENOSPC, EIO, EROFS; delay (amount: milliseconds); kill (the write goes halfway, then SIGKILL); cut (as kill, and what was not synced
 *     is zero afterwards, as after a power cut; where the file had its size already, only some sectors are: a disk writes them in any order; of the
 *     files that were made, renamed or deleted since their folder was synced only the first so many were); shift (the clock, amount: seconds).
 * times: how often; -1 is always.
 *
 * A sync that fails with EIO loses what was not synced, and the next one succeeds, as on Linux. Each fault is told on stderr.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define RULES 16
#define CHANGES 64
#define FILES 4096
#define SECTOR 4096
#define PIECE 512

struct rule {
    char operation[16], part[128], action[16];
    long amount, times, seen;
};

static struct rule rules[RULES];
static int count;
static struct stat known;
static struct { off_t from, to, size; } unsynced[FILES]; /* size: of the file, as synced */
/* Of folders since they were synced, oldest first. saved: another name of the file that was at the path, or empty. */
static struct change { char from[PATH_MAX], path[PATH_MAX], saved[PATH_MAX]; } changes[CHANGES];
static int changed;
static unsigned dice = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

static void read_rules(void) {
    const char *control = getenv("FAULTDISK_CONTROL");
    struct stat now;
    if (!control || stat(control, &now) != 0) {
        count = 0;
        return;
    }
    if (now.st_ino == known.st_ino && now.st_mtim.tv_sec == known.st_mtim.tv_sec
            && now.st_mtim.tv_nsec == known.st_mtim.tv_nsec) {
        return;
    }
    known = now;
    count = 0;
    char text[4096];
    int fd = syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    ssize_t length = syscall(SYS_read, fd, text, sizeof text - 1);
    syscall(SYS_close, fd);
    text[length < 0 ? 0 : length] = 0;
    char *rest;
    for (char *line = strtok_r(text, "\n", &rest); line && count < RULES; line = strtok_r(NULL, "\n", &rest)) {
        struct rule rule = {0};
        if (sscanf(line, "%15s %127s %15s %ld %ld", rule.operation, rule.part, rule.action, &rule.amount, &rule.times) == 5) {
            rules[count++] = rule;
        } else {
            dprintf(2, "faultdisk: no rule: %s\n", line);
        }
    }
}

static int below(const char *path) {
    const char *folder = getenv("FAULTDISK_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return length > 0 && below(path);
}

static int number(const char *action) {
    return !strcmp(action, "ENOSPC") ? ENOSPC : !strcmp(action, "EROFS") ? EROFS : EIO;
}

static int is(const struct rule *rule, const char *action) {
    return !strcmp(rule->action, action);
}

/* The rule for an operation on a path, used up by one; null when there is none. Lock held. */
static struct rule *fires(const char *operation, const char *path, int use) {
    read_rules();
    for (int i = 0; i < count; i++) {
        struct rule *rule = &rules[i];
        if (rule->times != 0 && !strcmp(rule->operation, operation) && strstr(path, rule->part)) {
            if (use && rule->times > 0) {
                rule->times--;
            }
            return rule;
        }
    }
    return NULL;
}

static void tell(const struct rule *rule, const char *path) {
    dprintf(2, "faultdisk: %s %s %s\n", rule->operation, rule->action, path);
}

static int tails(void) {
    dice = dice * 1103515245 + 12345;
    return dice >> 30 & 1;
}

static void lose(int fd, int some) {
    static const char zeros[PIECE];
    if (fd < FILES) {
        for (off_t at = unsynced[fd].from, next; at < unsynced[fd].to; at = next) {
            next = (at / PIECE + 1) * PIECE;
            off_t left = (next < unsynced[fd].to ? next : unsynced[fd].to) - at;
            if (!some || at >= unsynced[fd].size || tails()) {
                syscall(SYS_pwrite64, fd, zeros, left, at);
            }
        }
        unsynced[fd].from = unsynced[fd].to = 0;
    }
}

static void forget(int number) {
    unlinkat(AT_FDCWD, changes[number].saved, 0);
    memmove(&changes[number], &changes[number + 1], (--changed - number) * sizeof changes[0]);
}

/* A file was made, or is about to be replaced by another one, or deleted (from is empty). Lock held. */
static void note(const char *from, const char *path, int is_new) {
    static unsigned names;
    if (changed == CHANGES) {
        forget(0);
    }
    struct change *change = &changes[changed++];
    snprintf(change->from, PATH_MAX, "%s", from);
    snprintf(change->path, PATH_MAX, "%s", path);
    snprintf(change->saved, PATH_MAX, "%s/.before-%d-%u", getenv("FAULTDISK_FOLDER"), getpid(), names++);
    if (is_new || linkat(AT_FDCWD, path, AT_FDCWD, change->saved, 0) != 0) {
        change->saved[0] = 0;
    }
}

static void folder_synced(const char *folder) {
    size_t length = strlen(folder);
    for (int i = changed - 1; i >= 0; i--) {
        const char *path = changes[i].path;
        if (!strncmp(path, folder, length) && path[length] == '/' && !strchr(path + length + 1, '/')) {
            forget(i);
        }
    }
}

static void undo_some(void) {
    int keep = 0;
    while (keep < changed && tails()) {
        keep++;
    }
    for (; changed > keep; changed--) {
        struct change *last = &changes[changed - 1];
        if (last->from[0]) {
            syscall(SYS_renameat2, AT_FDCWD, last->path, AT_FDCWD, last->from, 0);
        } else {
            syscall(SYS_unlinkat, AT_FDCWD, last->path, 0);
        }
        if (last->saved[0]) {
            syscall(SYS_renameat2, AT_FDCWD, last->saved, AT_FDCWD, last->path, 0);
        }
    }
    while (changed > 0) {
        forget(0);
    }
}

static void sized(int fd) {
    struct stat about;
    if (fd >= 0 && fd < FILES && fstat(fd, &about) == 0) {
        unsynced[fd].size = about.st_size;
    }
}

static void end(const struct rule *rule) {
    if (is(rule, "cut")) {
        dice = getpid();
        for (int fd = 0; fd < FILES; fd++) {
            lose(fd, 1);
        }
        undo_some();
    }
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* A fault before an operation that has no bytes: -1 and errno, or 0 to go on. */
static int fault(const char *operation, const char *path, int fd) {
    pthread_mutex_lock(&lock);
    struct rule *rule = fires(operation, path, 1);
    int code = 0;
    long pause = 0;
    if (rule) {
        if (is(rule, "delay")) {
            pause = rule->amount;
        } else {
            tell(rule, path);
            if (is(rule, "kill") || is(rule, "cut")) {
                end(rule);
            }
            code = number(rule->action);
            if (fd >= 0 && code == EIO && !strcmp(operation, "sync")) {
                lose(fd, 0);
            }
        }
    }
    pthread_mutex_unlock(&lock);
    if (pause > 0) {
        struct timespec time = {pause / 1000, pause % 1000 * 1000000};
        nanosleep(&time, NULL);
    }
    errno = code;
    return code ? -1 : 0;
}

/* How many of these bytes may be written; -1 and errno when none. With kill, writes half of them and ends the process. */
static ssize_t allowed(int fd, const void *bytes, size_t length, off_t at) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) {
        return length;
    }
    pthread_mutex_lock(&lock);
    ssize_t some = length;
    struct rule *rule = fires("write", path, 0);
    if (rule) {
        long left = rule->amount - rule->seen;
        if (left >= (long) length) {
            rule->seen += length;
        } else {
            tell(rule, path);
            if (is(rule, "kill") || is(rule, "cut")) {
                syscall(SYS_pwrite64, fd, bytes, length / 2, at);
                end(rule);
            }
            rule->seen += left > 0 ? left : 0;
            if (left <= 0 && rule->times > 0) {
                rule->times--;
            }
            some = left > 0 ? left : -1;
            errno = number(rule->action);
        }
    }
    if (some > 0 && fd < FILES) {
        if (unsynced[fd].to == 0 || at < unsynced[fd].from) {
            unsynced[fd].from = at;
        }
        if (at + some > unsynced[fd].to) {
            unsynced[fd].to = at + some;
        }
    }
    int code = errno;
    pthread_mutex_unlock(&lock);
    errno = code;
    return some;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    ssize_t some = allowed(fd, bytes, length, at);
    return some < 0 ? -1 : syscall(SYS_pwrite64, fd, bytes, some, at);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t some = allowed(fd, bytes, length, lseek(fd, 0, SEEK_CUR));
    return some < 0 ? -1 : syscall(SYS_write, fd, bytes, some);
}

ssize_t writev(int fd, const struct iovec *parts, int number) {
    char path[PATH_MAX];
    while (number > 0 && parts->iov_len == 0) {
        parts++;
        number--;
    }
    if (number > 0 && path_of(fd, path)) {
        return write(fd, parts[0].iov_base, parts[0].iov_len);
    }
    return syscall(SYS_writev, fd, parts, number);
}

static int synced(int fd, long call) {
    char path[PATH_MAX];
    int mine = path_of(fd, path);
    if (mine && fault("sync", path, fd) != 0) {
        return -1;
    }
    int result = syscall(call, fd);
    if (mine && result == 0 && fd < FILES) {
        pthread_mutex_lock(&lock);
        unsynced[fd].from = unsynced[fd].to = 0;
        sized(fd);
        folder_synced(path);
        pthread_mutex_unlock(&lock);
    }
    return result;
}

int fdatasync(int fd) {
    return synced(fd, SYS_fdatasync);
}

int fsync(int fd) {
    return synced(fd, SYS_fsync);
}

int ftruncate64(int fd, off64_t length) {
    char path[PATH_MAX];
    if (path_of(fd, path)) {
        if (fault("truncate", path, fd) != 0) {
            return -1;
        }
        pthread_mutex_lock(&lock);
        if (fd < FILES && unsynced[fd].to > length) {
            unsynced[fd].to = length > unsynced[fd].from ? length : 0;
        }
        if (fd < FILES && unsynced[fd].size > length) {
            unsynced[fd].size = length;
        }
        pthread_mutex_unlock(&lock);
    }
    return syscall(SYS_ftruncate, fd, length);
}

int close(int fd) {
    if (fd >= 0 && fd < FILES && unsynced[fd].to != 0) {
        pthread_mutex_lock(&lock);
        unsynced[fd].from = unsynced[fd].to = 0;
        pthread_mutex_unlock(&lock);
    }
    return syscall(SYS_close, fd);
}

ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) {
    char path[PATH_MAX];
    if (path_of(fd, path)) {
        pthread_mutex_lock(&lock);
        struct rule *rule = fires("read", path, 0);
        int bad = rule && at < rule->amount + SECTOR && at + (off64_t) length > rule->amount;
        if (bad) {
            tell(rule, path);
            if (is(rule, "kill")) {
                end(rule);
            }
            if (rule->times > 0) {
                rule->times--;
            }
        }
        pthread_mutex_unlock(&lock);
        if (bad) {
            errno = EIO;
            return -1;
        }
    }
    return syscall(SYS_pread64, fd, bytes, length, at);
}

static int opens(int folder, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX], absolute[PATH_MAX];
    const char *full = name;
    if (name[0] != '/' && folder != AT_FDCWD && path_of(folder, path)) {
        snprintf(absolute, sizeof absolute, "%.2000s/%.2000s", path, name);
        full = absolute;
    }
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && below(full) && fault("open", full, -1) != 0) {
        return -1;
    }
    int is_new = flags & O_CREAT && below(full) && faccessat(AT_FDCWD, full, F_OK, 0) != 0;
    int fd = syscall(SYS_openat, folder, name, flags, mode);
    pthread_mutex_lock(&lock);
    sized(fd);
    if (is_new && fd >= 0) {
        note("", full, 1);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

static mode_t mode_of(int flags, va_list more) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
}

#define OPEN(flags) \
    va_list more; \
    va_start(more, flags); \
    mode_t mode = mode_of(flags, more); \
    va_end(more);

int open64(const char *name, int flags, ...) {
    OPEN(flags)
    return opens(AT_FDCWD, name, flags, mode);
}

int open(const char *name, int flags, ...) {
    OPEN(flags)
    return opens(AT_FDCWD, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...) {
    OPEN(flags)
    return opens(folder, name, flags, mode);
}

/* A file is renamed, or deleted where from is empty. */
static int change(const char *operation, const char *from, const char *path) {
    if (fault(operation, path, -1) != 0) {
        return -1;
    }
    pthread_mutex_lock(&lock);
    note(from, path, 0);
    int result = from[0] ? syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, path, 0) : syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    int code = errno;
    if (result != 0) {
        forget(changed - 1);
    }
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}

int unlink(const char *path) {
    return below(path) ? change("unlink", "", path) : syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int rename(const char *from, const char *to) {
    return below(to) ? change("rename", from, to) : syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int statvfs64(const char *path, struct statvfs64 *about) {
    int result = REAL(statvfs64)(path, about);
    if (result == 0 && below(path)) {
        pthread_mutex_lock(&lock);
        struct rule *rule = fires("free", path, 1);
        if (rule) {
            about->f_bfree = about->f_bavail = 0;
        }
        pthread_mutex_unlock(&lock);
    }
    return result;
}

static long shift(void) {
    long seconds = 0;
    pthread_mutex_lock(&lock);
    struct rule *rule = fires("clock", "clock", 0);
    if (rule) {
        seconds = rule->amount;
    }
    pthread_mutex_unlock(&lock);
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && clock == CLOCK_REALTIME) {
        now->tv_sec += shift();
    }
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    int result = syscall(SYS_gettimeofday, now, zone);
    if (result == 0) {
        now->tv_sec += shift();
    }
    return result;
}
