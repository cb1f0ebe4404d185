// A file of the host as a disk. Its transfers wait in a pipe for a thread of the disk's own, which
// makes them one after another, and come back through a second pipe, which the loop watches: so
// neither a slow medium nor a flush holds the loop up. The kernel orders what the two threads see
// of a transfer: who has read its address from a pipe owns it.
//
// Threads and pipes, and not io_uring: it would add to the calls that the sandbox allows, and makes
// other calls on the process's behalf that no filter sees.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct chosted_disk {
  int file;
  int requests[2], answers[2];  // the ends to read from, and to write to
};

enum { thread_stack = 64 * 1024 };

static int open_file(const char *path, int *is_read_only, uint64_t *size) {
  int descriptor = open(path, O_RDWR | O_CLOEXEC);
  *is_read_only = 0;
  if (descriptor < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) {
    *is_read_only = 1;
    descriptor = open(path, O_RDONLY | O_CLOEXEC);
  }
  if (descriptor < 0) return -1;
  struct stat status;
  off_t end = -1;
  if (fstat(descriptor, &status) == 0 && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode)))
    end = lseek(descriptor, 0, SEEK_END);  // of a block device too
  if (end < 0) {
    (void)close(descriptor);
    return -1;
  }
  *size = (uint64_t)end;
  return descriptor;
}

static int move_bytes(int file, const struct chosted_transfer *transfer) {
  char *at = transfer->buffer;
  size_t left = transfer->count;
  off_t offset = (off_t)transfer->offset;
  while (left > 0) {
    ssize_t moved = transfer->kind == CHOSTED_READ ? pread(file, at, left, offset)
                                                   : pwrite(file, at, left, offset);
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) return 1;  // 0 is an end here: somebody has cut the file short
    at += moved;
    left -= (size_t)moved;
    offset += moved;
  }
  return 0;
}

static void *serve(void *argument) {
  const struct chosted_disk *disk = argument;
  // Says that the thread is there: what it needs of the host to begin, the sandbox forbids.
  struct chosted_transfer *transfer = 0;
  while (write(disk->answers[1], &transfer, sizeof transfer) == sizeof transfer) {
    ssize_t got;
    do got = read(disk->requests[0], &transfer, sizeof transfer);
    while (got < 0 && errno == EINTR);
    if (got != sizeof transfer) break;
    transfer->failed = transfer->kind == CHOSTED_FLUSH ? fdatasync(disk->file) != 0
                                                       : move_bytes(disk->file, transfer);
  }
  return 0;
}

static int start_thread(struct chosted_disk *disk) {
  sigset_t all, before;
  pthread_attr_t attributes;
  pthread_t thread;
  // Signals are the loop's.
  sigfillset(&all);
  if (pthread_attr_init(&attributes) != 0) return 1;
  (void)pthread_attr_setstacksize(&attributes, thread_stack);
  (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  (void)pthread_sigmask(SIG_SETMASK, &all, &before);
  int failure = pthread_create(&thread, &attributes, serve, disk);
  (void)pthread_sigmask(SIG_SETMASK, &before, 0);
  if (failure != 0) return 1;
  struct chosted_transfer *greeting;
  ssize_t got;
  do got = read(disk->answers[0], &greeting, sizeof greeting);
  while (got < 0 && errno == EINTR);
  return got != sizeof greeting;
}

struct chosted_disk *chosted_open_disk(const char *path, int *is_read_only, uint64_t *size) {
  struct chosted_disk *disk = malloc(sizeof *disk);
  if (!disk) return 0;
  disk->file = open_file(path, is_read_only, size);
  // Only the loop's ends do not block.
  if (disk->file >= 0 && pipe2(disk->requests, O_CLOEXEC) == 0 &&
      pipe2(disk->answers, O_CLOEXEC) == 0 && start_thread(disk) == 0 &&
      fcntl(disk->requests[1], F_SETFL, O_NONBLOCK) == 0 &&
      fcntl(disk->answers[0], F_SETFL, O_NONBLOCK) == 0)
    return disk;
  return 0;  // the caller ends the process
}

int chosted_watch_disk(const struct chosted_disk *disk, unsigned line) {
  return chosted_watch(disk->answers[0], line);
}

int chosted_begin(const struct chosted_disk *disk, struct chosted_transfer *transfer) {
  ssize_t count;
  do count = write(disk->requests[1], &transfer, sizeof transfer);
  while (count < 0 && errno == EINTR);
  return count != sizeof transfer;
}

struct chosted_transfer *chosted_ended(const struct chosted_disk *disk) {
  struct chosted_transfer *transfer = 0;
  ssize_t count;
  do count = read(disk->answers[0], &transfer, sizeof transfer);
  while (count < 0 && errno == EINTR);
  return count == sizeof transfer ? transfer : 0;
}
#endif
typedef int disk_is_not_empty;
