// A file of the host as a disk.

#ifndef BAREMETAL
#define _GNU_SOURCE
#include "chosted.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int chosted_open_disk(const char *path, int *is_read_only, uint64_t *size) {
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

int chosted_read_disk(int descriptor, void *buffer, size_t count, uint64_t offset) {
  char *to = buffer;
  while (count > 0) {
    ssize_t got = pread(descriptor, to, count, (off_t)offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 1;  // an end here: somebody has cut the file short
    to += got;
    count -= (size_t)got;
    offset += (uint64_t)got;
  }
  return 0;
}

int chosted_write_disk(int descriptor, const void *bytes, size_t count, uint64_t offset) {
  const char *from = bytes;
  while (count > 0) {
    ssize_t done = pwrite(descriptor, from, count, (off_t)offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return 1;
    from += done;
    count -= (size_t)done;
    offset += (uint64_t)done;
  }
  return 0;
}

int chosted_flush_disk(int descriptor) { return fdatasync(descriptor) != 0; }
#endif
typedef int disk_is_not_empty;
