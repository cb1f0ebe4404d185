// The client of the network's bench. Each run does a fixed amount of work and prints its seconds.
//
//   load udp ADDRESS COUNT FLIGHT   COUNT datagrams of 64 bytes to port 7 and back, FLIGHT at a time
//   load ping ADDRESS COUNT         COUNT ICMP echoes, one at a time
//   load tcp ADDRESS COUNT LINKS    COUNT times 64 bytes to port 7 and back, on each of LINKS connections in turn
//   load in ADDRESS BYTES           a stream into port 9, until the other end has taken all of it
//   load out ADDRESS BYTES          a stream out of port 19
//   load memory ADDRESS             what port 11 says
//   load hold ADDRESS COUNT         COUNT connections to port 7, held until standard input ends; prints `held`
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static char buffer[65536];
static struct sockaddr_in address = {.sin_family = AF_INET};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int link_to(int type, int protocol, int port) {
  struct timeval patience = {.tv_sec = 20};
  int link = socket(AF_INET, type, protocol);
  if (link < 0) die("socket");
  if (type != SOCK_STREAM) patience = (struct timeval){.tv_usec = 500000};
  setsockopt(link, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(link, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  address.sin_port = htons(port);
  if (connect(link, (struct sockaddr *)&address, sizeof address)) die("connect");
  return link;
}

// A datagram that does not come back in half a second is lost, and another goes in its place.
static void udp(long count, long flight) {
  int link = link_to(SOCK_DGRAM, 0, 7);
  long sent = 0, back = 0, lost = 0;
  double start = now();
  while (back < count) {
    while (sent - back - lost < flight && sent - lost < count) send(link, buffer, 64, 0), sent++;
    if (recv(link, buffer, sizeof buffer, 0) > 0) back++;
    else if (lost = sent - back, lost > 1000) exit(1);
  }
  printf("%.6f %ld\n", now() - start, lost);
}

static unsigned short checksum(const void *bytes, int size) {
  const unsigned short *word = bytes;
  unsigned sum = 0;
  for (int i = 0; i < size / 2; i++) sum += word[i];
  while (sum >> 16) sum = (sum & 65535) + (sum >> 16);
  return ~sum;
}

static void ping(long count) {
  int link = link_to(SOCK_RAW, IPPROTO_ICMP, 0), id = getpid() & 65535;
  long lost = 0;
  double start = now();
  for (long i = 0; i < count; i++) {
    struct icmphdr *echo = (struct icmphdr *)buffer;
    memset(buffer, 0, 64);
    echo->type = ICMP_ECHO;
    echo->un.echo.id = id;
    echo->un.echo.sequence = htons(i & 65535);
    echo->checksum = checksum(buffer, 64);
    send(link, buffer, 64, 0);
    for (;;) {
      ssize_t got = recv(link, buffer, sizeof buffer, 0);
      if (got < 0) {
        if (++lost > 100) exit(1);
        break;
      }
      struct icmphdr *reply = (struct icmphdr *)(buffer + 20);
      if (got >= 28 && reply->type == ICMP_ECHOREPLY && reply->un.echo.id == id) break;
    }
  }
  printf("%.6f %ld\n", now() - start, lost);
}

static void tcp(long count, long links) {
  struct pollfd *ends = calloc(links, sizeof *ends);
  for (long i = 0; i < links; i++) ends[i] = (struct pollfd){link_to(SOCK_STREAM, 0, 7), POLLIN, 0};
  double start = now();
  for (long i = 0; i < links; i++) send(ends[i].fd, buffer, 64, 0);
  for (long done = 0; done < count;) {
    if (poll(ends, links, 20000) <= 0) die("poll");
    for (long i = 0; i < links; i++) {
      if (!ends[i].revents) continue;
      if (recv(ends[i].fd, buffer, 64, MSG_WAITALL) != 64) die("recv");
      done++;
      send(ends[i].fd, buffer, 64, 0);
    }
  }
  printf("%.6f 0\n", now() - start);
}

static void in(long bytes) {
  int link = link_to(SOCK_STREAM, 0, 9);
  double start = now();
  for (long left = bytes; left > 0;) {
    ssize_t count = send(link, buffer, left < (long)sizeof buffer ? left : (long)sizeof buffer, 0);
    if (count <= 0) die("send");
    left -= count;
  }
  shutdown(link, SHUT_WR);
  if (recv(link, buffer, 1, 0) != 0) die("end");
  printf("%.6f 0\n", now() - start);
}

static void out(long bytes) {
  int link = link_to(SOCK_STREAM, 0, 19);
  double start = now();
  for (long left = bytes; left > 0;) {
    ssize_t count = recv(link, buffer, sizeof buffer, 0);
    if (count <= 0) die("recv");
    left -= count;
  }
  printf("%.6f 0\n", now() - start);
}

static void hold(long count) {
  struct rlimit files = {count + 100, count + 100};
  setrlimit(RLIMIT_NOFILE, &files);
  for (long i = 0; i < count; i++) link_to(SOCK_STREAM, 0, 7);
  puts("held");
  fflush(stdout);
  while (read(0, buffer, 1) > 0) {}
}

int main(int count, char **words) {
  if (count < 3 || !inet_aton(words[2], &address.sin_addr)) return 2;
  const char *mode = words[1];
  long first = count > 3 ? atol(words[3]) : 0, second = count > 4 ? atol(words[4]) : 1;
  if (!strcmp(mode, "udp")) udp(first, second);
  else if (!strcmp(mode, "ping")) ping(first);
  else if (!strcmp(mode, "tcp")) tcp(first, second);
  else if (!strcmp(mode, "in")) in(first);
  else if (!strcmp(mode, "out")) out(first);
  else if (!strcmp(mode, "hold")) hold(first);
  else if (!strcmp(mode, "memory")) {
    int link = link_to(SOCK_DGRAM, 0, 11);
    send(link, buffer, 1, 0);
    ssize_t got = recv(link, buffer, sizeof buffer, 0);
    printf("%.*s\n", (int)(got > 0 ? got : 0), buffer);
  } else return 2;
  return 0;
}
