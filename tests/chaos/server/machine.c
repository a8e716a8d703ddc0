/*
 * Breaks the machine under a process, as the page in the file of $CHAOS_MACHINE says: steps the clock
 * of the system, fills the disk, stalls it. Only files in the folder of $CHAOS_DATA are on that disk.
 * For LD_PRELOAD. machine.ts writes the page.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

struct page {
  /* Written by the test. */
  volatile int64_t clock_ms; /* added to the time of the system */
  volatile int64_t full;     /* 1: writes end in ENOSPC */
  volatile int64_t stalled;  /* 1: the disk does not answer until this is 0 */
  /* Written here. */
  volatile int64_t clock_reads; /* times read with a step */
  volatile int64_t refused;     /* writes that found no room */
  volatile int64_t waited;      /* syncs that found the disk stalled */
};

static struct page none;
static struct page *page = &none;
static char folder[4096];

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CHAOS_MACHINE");
  const char *data = getenv("CHAOS_DATA");
  if (!path || !data) return;
  snprintf(folder, sizeof folder, "%s/", data);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *at = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at != MAP_FAILED) page = at;
  close(fd);
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

static int is_data(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

static int is_full(int fd) {
  if (!page->full || !is_data(fd)) return 0;
  __atomic_fetch_add(&page->refused, 1, __ATOMIC_RELAXED);
  errno = ENOSPC;
  return 1;
}

static void wait_for_disk(int fd) {
  if (!page->stalled || !is_data(fd)) return;
  __atomic_fetch_add(&page->waited, 1, __ATOMIC_RELAXED);
  struct timespec moment = {0, 1000000};
  while (page->stalled) nanosleep(&moment, NULL);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  REAL(clock_gettime);
  int result = real(clock, time);
  int64_t ms = clock == CLOCK_REALTIME ? page->clock_ms : 0;
  if (ms && result == 0) {
    __atomic_fetch_add(&page->clock_reads, 1, __ATOMIC_RELAXED);
    time->tv_sec += ms / 1000;
    time->tv_nsec += ms % 1000 * 1000000;
    if (time->tv_nsec < 0) time->tv_sec--, time->tv_nsec += 1000000000;
    if (time->tv_nsec >= 1000000000) time->tv_sec++, time->tv_nsec -= 1000000000;
  }
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  (void)zone;
  struct timespec now;
  int result = clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return result;
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  if (!is_full(fd)) return real(fd, bytes, count, offset);
  if (count < 2 || page->refused % 2) return -1;
  return real(fd, bytes, count / 2, offset); /* The last free bytes, as a disk does. */
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
  return pwrite64(fd, bytes, count, offset);
}

int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  return size > 0 && is_full(fd) ? -1 : real(fd, size);
}

int fsync(int fd) {
  REAL(fsync);
  wait_for_disk(fd);
  return real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  wait_for_disk(fd);
  return real(fd);
}
