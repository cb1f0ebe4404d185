// The least that each end of a link can be: T2 and T3 compare our client with these.
//
//   peer client SOCKET   a GDB remote client; each line of standard input asks for one figure:
//                        `trips N` (median microseconds of N round trips, planting and removing a
//                        breakpoint) or `read` (MB/s of 8 MiB, the best of 8 to 32 requests in flight)
//   peer raw SOCKET      the same `trips N` with 16 bytes that come back as they are
//   peer stub SOCKET     a stub that has nothing to do: one client, every request answered at once
//   peer echo SOCKET     sends back what comes
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

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void send_all(int link, const void *bytes, size_t count) {
  if (write(link, bytes, count) != (ssize_t)count) exit(1);
}

static size_t receive(int link, char *buffer, size_t room) {
  ssize_t count = read(link, buffer, room);
  if (count <= 0) exit(1);
  return (size_t)count;
}

static int framed(char *packet, const char *body) {
  unsigned char sum = 0;
  for (const char *p = body; *p; p++) sum += *p;
  return sprintf(packet, "$%s#%02x", body, sum);
}

// Sends one packet and reads until its reply's checksum has come; acknowledges it.
static void ask(int link, const char *body) {
  char packet[256], reply[4096];
  send_all(link, packet, framed(packet, body));
  size_t have = 0;
  for (;;) {
    have += receive(link, reply + have, sizeof reply - have);
    char *start = memchr(reply, '$', have), *end = start ? memchr(start, '#', have - (start - reply)) : 0;
    if (end && reply + have - end >= 3) break;
  }
  send_all(link, "+", 1);
}

// Bytes a microsecond, which are MB/s, with `depth` requests in flight, hexadecimal undone.
static double read_rate(int link, int depth) {
  enum { TOTAL = 8 << 20, PART = 2040 };
  static char reply[1 << 16];
  static signed char digit[256];
  static unsigned char result[PART];
  for (int i = 0; i < 16; i++) digit[(unsigned char)"0123456789abcdef"[i]] = i;
  int asked = 0, answered = 0, requests = TOTAL / PART, phase = 0, count = 0;
  double start = now();
  while (answered < requests) {
    char batch[4096], body[64];
    int length = 0;
    while (asked < requests && asked - answered < depth) {
      sprintf(body, "m%x,%x", 0x200000 + asked++ * PART, PART);
      length += framed(batch + length, body);
    }
    if (length) send_all(link, batch, length);
    size_t have = receive(link, reply, sizeof reply);
    int done = 0;
    for (size_t i = 0; i < have; i++) {
      // 0: before `$`; 1: in the body; 2 and 3: the checksum.
      char byte = reply[i];
      if (phase == 0) phase = byte == '$';
      else if (phase == 1 && byte == '#') phase = 2;
      else if (phase == 1) {
        if (count & 1) result[count / 2 % PART] |= digit[(unsigned char)byte];
        else result[count / 2 % PART] = digit[(unsigned char)byte] << 4;
        count++;
      } else if (++phase == 4) phase = count = 0, done++;
    }
    answered += done;
    if (done) send_all(link, "++++++++++++++++++++++++++++++++", done);
  }
  return (double)answered * PART / (now() - start);
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int link = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(link, (struct sockaddr *)&address, sizeof address)) perror("connect"), exit(1);
  return link;
}

static int accept_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1))
    perror("listen"), exit(1);
  return accept(listener, 0, 0);
}

static void measure(int link, int is_raw) {
  char line[64], same[16] = "Z1,1000,1 is it.";
  while (fgets(line, sizeof line, stdin)) {
    if (!strncmp(line, "read", 4)) {
      double best = 0;
      for (int depth = 8; depth <= 32; depth *= 2) {
        double rate = read_rate(link, depth);
        if (rate > best) best = rate;
      }
      printf("%.2f\n", best);
    } else {
      int rounds = atoi(line + 6);
      if (rounds < 1) exit(2);
      double *trips = calloc(rounds, sizeof *trips);
      for (int i = 0; i < rounds; i++) {
        double start = now();
        if (is_raw) {
          send_all(link, same, sizeof same);
          for (size_t have = 0; have < sizeof same;) have += receive(link, same, sizeof same - have);
        } else {
          ask(link, i % 2 ? "z1,1000,1" : "Z1,1000,1");
        }
        trips[i] = now() - start;
      }
      qsort(trips, rounds, sizeof *trips, compare);
      printf("%.2f\n", trips[rounds / 2]);
      free(trips);
    }
    fflush(stdout);
  }
}

static void serve_stub(int link) {
  char buffer[65536], packet[256];
  size_t have = 0;
  int quiet = 0;
  for (;;) {
    ssize_t count = read(link, buffer + have, sizeof buffer - 1 - have);
    if (count <= 0) return;
    buffer[have += count] = 0;
    char *start, *end;
    while ((start = memchr(buffer, '$', have)) && (end = memchr(start, '#', buffer + have - start)) &&
           buffer + have - end >= 3) {
      *end = 0;
      const char *body = start + 1, *answer = "";
      if (!strncmp(body, "qSupported", 10)) answer = "PacketSize=4000;QStartNoAckMode+";
      else if (!strcmp(body, "?")) answer = "S05";
      else if (strchr("ZzHD", *body) || !strcmp(body, "QStartNoAckMode")) answer = "OK";
      int length = 0;
      if (!quiet) packet[length++] = '+';
      length += framed(packet + length, answer);
      send_all(link, packet, length);
      if (!strcmp(body, "QStartNoAckMode")) quiet = 1;
      have -= end + 3 - buffer;
      memmove(buffer, end + 3, have);
    }
  }
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  const char *mode = arguments[1], *path = arguments[2];
  if (!strcmp(mode, "stub")) return serve_stub(accept_at(path)), 0;
  if (!strcmp(mode, "echo")) {
    int link = accept_at(path);
    char buffer[4096];
    for (;;) send_all(link, buffer, receive(link, buffer, sizeof buffer));
  }
  int link = connect_to(path), is_raw = !strcmp(mode, "raw");
  if (!is_raw) {
    usleep(100000);  // QEMU announces the stop that connecting caused; it answers no request
    char drain[4096];
    recv(link, drain, sizeof drain, MSG_DONTWAIT);
    ask(link, "?");
  }
  measure(link, is_raw);
  if (!is_raw) ask(link, "D");
  return 0;
}
