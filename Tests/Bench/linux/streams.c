// The peer of the guest Streams (Tests/Guests/Streams), the same ports by Linux's sockets: as the only
// process of a Linux guest (arguments: its address), which loads /modules/0.ko and on and makes its
// one network card ready; or as a process (argument: the address to bind to).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char buffer[65536];
static struct in_addr own;

static void die(const char *what) {
  printf("failed: %s: %s\n", what, strerror(errno));
  fflush(stdout);
  if (getpid() == 1) pause();
  exit(1);
}

static void start_guest(void) {
  for (int i = 0;; i++) {
    char path[32];
    sprintf(path, "/modules/%d.ko", i);
    int file = open(path, O_RDONLY);
    if (file < 0) break;
    if (syscall(SYS_finit_module, file, "", 0)) die(path);
    close(file);
  }
  mkdir("/proc", 0755);
  if (mount("proc", "/proc", "proc", 0, 0)) die("proc");
  int link = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = {.ifr_name = "eth0"};
  struct sockaddr_in *address = (struct sockaddr_in *)&request.ifr_addr;
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = own};
  if (ioctl(link, SIOCSIFADDR, &request)) die("address");
  address->sin_addr.s_addr = htonl(0xffffff00);
  if (ioctl(link, SIOCSIFNETMASK, &request)) die("mask");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(link, SIOCSIFFLAGS, &request)) die("up");
  close(link);
}

static unsigned long memory_in_use(void) {
  char line[128];
  unsigned long total = 0, available = 0;
  FILE *file = fopen("/proc/meminfo", "r");
  while (file && fgets(line, sizeof line, file)) {
    sscanf(line, "MemTotal: %lu", &total);
    sscanf(line, "MemAvailable: %lu", &available);
  }
  if (file) fclose(file);
  return (total - available) * 1024;
}

static int bound(int type, int port) {
  int one = 1, link = socket(AF_INET, type | SOCK_NONBLOCK, 0);
  setsockopt(link, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = own};
  if (bind(link, (struct sockaddr *)&address, sizeof address)) die("bind");
  if (type == SOCK_STREAM && listen(link, 1024)) die("listen");
  return link;
}

// What an event is about: a socket and the port it belongs to.
static void watch(int loop, int link, int port, int events) {
  struct epoll_event event = {.events = events, .data.u64 = (unsigned long)port << 32 | (unsigned)link};
  if (epoll_ctl(loop, EPOLL_CTL_ADD, link, &event)) die("epoll");
}

static void datagrams(int link, int port) {
  struct sockaddr_in sender;
  for (;;) {
    socklen_t size = sizeof sender;
    ssize_t count = recvfrom(link, buffer, sizeof buffer, 0, (struct sockaddr *)&sender, &size);
    if (count < 0) return;
    if (port == 11) count = sprintf(buffer, "%lu", memory_in_use());
    sendto(link, buffer, count, 0, (struct sockaddr *)&sender, size);
  }
}

static void stream(int link, int port) {
  for (;;) {
    if (port == 19) {
      if (send(link, buffer, sizeof buffer, MSG_NOSIGNAL) > 0) continue;
      if (errno != EAGAIN) close(link);
      return;
    }
    ssize_t count = recv(link, buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      close(link);
      return;
    }
    if (port == 7) send(link, buffer, count, MSG_NOSIGNAL);
  }
}

int main(int count, char **arguments) {
  int isGuest = getpid() == 1;
  for (int i = 1; i < count; i++) inet_aton(arguments[i], &own);
  if (isGuest) start_guest();
  struct rlimit files = {20000, 20000};
  setrlimit(RLIMIT_NOFILE, &files);
  memset(buffer, '.', sizeof buffer);
  int loop = epoll_create1(0);
  // A listener's port has 65536 added, a datagram socket's 131072.
  watch(loop, bound(SOCK_DGRAM, 7), 7 + 131072, EPOLLIN);
  watch(loop, bound(SOCK_DGRAM, 11), 11 + 131072, EPOLLIN);
  for (int i = 0; i < 3; i++) {
    int port = (int[]){7, 9, 19}[i];
    watch(loop, bound(SOCK_STREAM, port), port + 65536, EPOLLIN);
  }
  printf("streams at %s\n", inet_ntoa(own));
  fflush(stdout);
  for (;;) {
    struct epoll_event events[64];
    int got = epoll_wait(loop, events, 64, -1);
    for (int i = 0; i < got; i++) {
      int link = (int)(unsigned)events[i].data.u64, port = events[i].data.u64 >> 32;
      if (port >= 131072) {
        datagrams(link, port - 131072);
      } else if (port >= 65536) {
        int one = accept4(link, 0, 0, SOCK_NONBLOCK);
        if (one >= 0) watch(loop, one, port - 65536, port == 65536 + 19 ? EPOLLOUT : EPOLLIN);
      } else {
        stream(link, port);
      }
    }
  }
}
