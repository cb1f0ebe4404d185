// The command line of an application that runs as a Linux process.

#ifndef BAREMETAL
#include "chosted.h"
#include <string.h>
#include <unistd.h>

enum { disk_limit = 8, tap_limit = 8 };

// Says what this program is, in its first page: `porthole run` runs it as what it is, with the
// options below, where it boots other images. An ELF note (gABI, "Note Section").
__attribute__((section(".note.porthole"), aligned(4), used)) static const struct {
  uint32_t name_size, size, type;
  char name[12];
  uint32_t version;
} what_it_is = {9, 4, CHOSTED_NOTE_TYPE, "Porthole", 1};
static int word_count;
static char **words;
static int wants_sandbox;
static const char *disks[disk_limit];
static int disk_count;
static const char *taps[tap_limit];
static int tap_count;

// glibc hands the arguments to constructors; Embedded Swift's entry point does not pass them on.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  word_count = count;
  words = values;
}

static void refuse(const char *why, const char *what) {
  chosted_complain(why);
  chosted_complain(what);
  chosted_complain("\nusage: ");
  chosted_complain(word_count > 0 ? words[0] : "PROGRAM");
  chosted_complain(" [--sandbox] [--disk FILE]... [--tap IF]... [WORD...] [-- WORD...]\n");
  _exit(2);
}

void chosted_read_options(void) {
  for (int index = 1; index < word_count; index++) {
    const char *word = words[index];
    if (strcmp(word, "--") == 0) return;
    if (strcmp(word, "--sandbox") == 0) {
      wants_sandbox = 1;
    } else if (strcmp(word, "--disk") == 0) {
      if (++index == word_count) refuse("a file must follow ", word);
      if (disk_count == disk_limit) refuse("too many disks: ", words[index]);
      disks[disk_count++] = words[index];
    } else if (strcmp(word, "--tap") == 0) {
      if (++index == word_count) refuse("an interface must follow ", word);
      if (tap_count == tap_limit) refuse("too many interfaces: ", words[index]);
      taps[tap_count++] = words[index];
    } else if (word[0] == '-') {
      refuse("the application's own options stand after --; unknown here: ", word);
    }
  }
}

int chosted_wants_sandbox(void) { return wants_sandbox; }

const char *chosted_disk_path(size_t index) {
  return index < (size_t)disk_count ? disks[index] : 0;
}

const char *chosted_tap_name(size_t index) {
  return index < (size_t)tap_count ? taps[index] : 0;
}

// Words of the platform's own, as on a boot loader's command line.
static int is_platforms(const char *word) { return strncmp(word, "porthole.", 9) == 0; }

const char *chosted_setting(const char *name) {
  for (int at = 1; at < word_count; at++) {
    if (strcmp(words[at], "--") == 0) return 0;
    if (strncmp(words[at], name, strlen(name)) == 0) return words[at] + strlen(name);
  }
  return 0;
}

const char *chosted_word(size_t index) {
  int may_be_ours = 1;
  for (int at = 1; at < word_count; at++) {
    if (may_be_ours && strcmp(words[at], "--") == 0) may_be_ours = 0;
    else if (may_be_ours && strcmp(words[at], "--sandbox") == 0) continue;
    else if (may_be_ours && strcmp(words[at], "--disk") == 0) at++;
    else if (may_be_ours && strcmp(words[at], "--tap") == 0) at++;
    else if (may_be_ours && is_platforms(words[at])) continue;
    else if (index-- == 0) return words[at];
  }
  return 0;
}

void chosted_restart(void) {
  chosted_flush_all(1000);
  if (wants_sandbox) {
    chosted_complain("a process in the sandbox cannot start again\n");
    _exit(4);
  }
  (void)execv("/proc/self/exe", words);
  _exit(4);
}
#endif
typedef int options_is_not_empty;
