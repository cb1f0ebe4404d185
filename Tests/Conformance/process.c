/* The subject as a Linux process: what Tests/Guests/Subject is as an image. */
#include "subject.h"
#include <stdio.h>
#include <unistd.h>

int main(void) {
  puts("ready");
  for (int turn = 0;; turn++) {
    subject_round();
    usleep(2000);
    if (turn % 40) continue;
    printf("rounds %lu scratch %lu\n", subject_rounds_done(), subject_scratch_value());
    fflush(stdout);
  }
}
