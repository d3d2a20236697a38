/* Lets one call to the disk fail, counted over everything that a process does to files below one folder. libfiu fails calls
 * by chance or all of them; a sweep needs "the i-th". Loaded by LD_PRELOAD, on Linux, by disk/mod.rs, which says in the
 * environment: WILCO_FAIL_UNDER (the folder), WILCO_FAIL_AT (which call, from 0), WILCO_FAIL_SAYS (errno),
 * WILCO_FAIL_FOR (how many calls fail from there on). At its end the process says on standard error how many calls it made. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static atomic_char ours[4096];
static const char *under;
static long at, length;
static int says;

__attribute__((constructor)) static void begin(void) {
  under = getenv("WILCO_FAIL_UNDER");
  at = getenv("WILCO_FAIL_AT") ? atol(getenv("WILCO_FAIL_AT")) : -1;
  length = getenv("WILCO_FAIL_FOR") ? atol(getenv("WILCO_FAIL_FOR")) : 1;
  says = getenv("WILCO_FAIL_SAYS") ? atoi(getenv("WILCO_FAIL_SAYS")) : EIO;
}

__attribute__((destructor)) static void end(void) { fprintf(stderr, "\ncalls %ld\n", calls); }

static int fails(void) {
  long call = atomic_fetch_add(&calls, 1);
  if (at < 0 || call < at || call >= at + length) return 0;
  errno = says;
  return 1;
}

static int below(const char *path) { return under && path && strncmp(path, under, strlen(under)) == 0; }
static int known(int fd) { return fd >= 0 && fd < (int)sizeof ours && ours[fd]; }

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* A file that is only read is opened as well: EMFILE meets those too. */
#define OPEN(name)                                          \
  int name(const char *path, int flags, ...) {              \
    va_list more;                                           \
    va_start(more, flags);                                  \
    mode_t mode = va_arg(more, mode_t);                     \
    va_end(more);                                           \
    int counted = below(path);                              \
    if (counted && fails()) return -1;                      \
    int fd = NEXT(name)(path, flags, mode);                 \
    if (fd >= 0 && fd < (int)sizeof ours) ours[fd] = counted; \
    return fd;                                              \
  }
OPEN(open)
OPEN(open64)

#define ON_FILE(type, name, parameters, arguments)     \
  type name parameters {                               \
    if (known(fd) && fails()) return -1;               \
    return NEXT(name) arguments;                       \
  }
ON_FILE(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size))
ON_FILE(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t to), (fd, bytes, size, to))
ON_FILE(ssize_t, pwrite64, (int fd, const void *bytes, size_t size, off64_t to), (fd, bytes, size, to))
ON_FILE(int, fsync, (int fd), (fd))
ON_FILE(int, fdatasync, (int fd), (fd))
ON_FILE(int, ftruncate, (int fd, off_t size), (fd, size))
ON_FILE(int, ftruncate64, (int fd, off64_t size), (fd, size))

#define ON_PATH(name, parameters, arguments)           \
  int name parameters {                                \
    if (below(path) && fails()) return -1;             \
    return NEXT(name) arguments;                       \
  }
ON_PATH(rename, (const char *path, const char *to), (path, to))
ON_PATH(unlink, (const char *path), (path))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
