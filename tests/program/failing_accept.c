/*
 * Makes one accept() fail: with the errno that is in the file of $ACCEPT_FAULT, which is gone then.
 * For LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
  static int (*real)(int, struct sockaddr *, socklen_t *, int);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "accept4");
  const char *path = getenv("ACCEPT_FAULT");
  FILE *file = path ? fopen(path, "r") : NULL;
  if (file) {
    int fault = 0;
    int found = fscanf(file, "%d", &fault) == 1;
    fclose(file);
    if (found && unlink(path) == 0) {
      errno = fault;
      return -1;
    }
  }
  return real(fd, address, length, flags);
}
