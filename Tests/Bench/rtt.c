// The least a GDB remote client can be: T2 compares our round trips with its own.
// usage: rtt SOCKET COUNT       plants and removes a hardware breakpoint COUNT times
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

// Sends one packet and reads until its reply's checksum has come; acknowledges it.
static void ask(int link, const char *body) {
  char packet[256], reply[4096];
  unsigned char sum = 0;
  for (const char *p = body; *p; p++) sum += *p;
  int length = snprintf(packet, sizeof packet, "$%s#%02x", body, sum);
  if (write(link, packet, length) != length) exit(1);
  size_t have = 0;
  for (;;) {
    ssize_t count = read(link, reply + have, sizeof reply - have);
    if (count <= 0) exit(1);
    have += count;
    char *start = memchr(reply, '$', have), *end = start ? memchr(start, '#', have - (start - reply)) : 0;
    if (end && reply + have - end >= 3) break;
  }
  if (write(link, "+", 1) != 1) exit(1);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
  int link = socket(AF_UNIX, SOCK_STREAM, 0), rounds = atoi(arguments[2]);
  if (connect(link, (struct sockaddr *)&address, sizeof address)) return perror("connect"), 1;
  usleep(100000);
  char drain[4096];
  recv(link, drain, sizeof drain, MSG_DONTWAIT);
  double *trips = calloc(rounds * 2, sizeof *trips);
  ask(link, "?");
  for (int i = 0; i < rounds * 2; i++) {
    double start = now();
    ask(link, i % 2 ? "z1,1000,1" : "Z1,1000,1");
    trips[i] = now() - start;
  }
  ask(link, "D");
  qsort(trips, rounds * 2, sizeof *trips, compare);
  printf("round-trip-us %.1f\n", trips[rounds]);
}
