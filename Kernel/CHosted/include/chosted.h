/* What the hosted platform asks of Linux. Embedded Swift has no module for the C library, so
   these are functions of our own, without variadics or macros. No header of the system's is
   included here: the tests import this beside the C library's own module. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds of the monotonic clock; through the vDSO, no system call. */
uint64_t chosted_now(void);

/* MARK: options.c */

/* The type of the ELF note, named "Porthole", that an application as a Linux process carries; its
   contents are a version, now 1, in 4 bytes. Sources/Launcher/HostProgram.swift reads it. */
#define CHOSTED_NOTE_TYPE 0x686f7374

/* Reads the program's options: [--sandbox] [--disk FILE]... [--tap IF]... [WORD...] [-- WORD...]. Ends the
   process with status 2 and a line on standard error if they are wrong. */
void chosted_read_options(void);
/* Whether --sandbox was given. */
int chosted_wants_sandbox(void);
/* The `index`th file given by --disk; null beyond the last. */
const char *chosted_disk_path(size_t index);
/* The `index`th interface given by --tap; null beyond the last. */
const char *chosted_tap_name(size_t index);
/* What the word that begins with `name` says after it, before any `--`; null if there is none. */
const char *chosted_setting(const char *name);
/* The `index`th word that is the application's own; null beyond the last. It stays for ever. */
const char *chosted_word(size_t index);

/* MARK: wait.c */

/* Has SIGINT and SIGTERM end the next wait; a second one ends the process at once. */
void chosted_catch_signals(void);
/* The signal that came, 0 if none has. */
int chosted_signal(void);
/* Makes what waiting needs, if that has not been done: the first wait does it otherwise. */
void chosted_prepare_wait(void);
/* Sleeps until something happens or the monotonic clock shows `deadline`; 0 only looks, and
   UINT64_MAX waits for ever. Returns the lines that were marked, a bit each. A line is marked
   when there is news, once: whoever serves it must take everything there is. */
uint64_t chosted_wait(uint64_t deadline);
/* Has `line` marked when `descriptor` becomes readable; 0 if it cannot be waited for. */
int chosted_watch(int descriptor, unsigned line);
/* Reads input that has arrived, without waiting; 0 if there is none, or no more will come. */
size_t chosted_read(void *buffer, size_t count);

/* MARK: output.c */

/* Queues output; what does not fit is dropped and counted. Never waits. `print` comes here too. */
void chosted_write(const void *bytes, size_t count);
/* Writes queued output as far as somebody takes it now; whether some is left. */
int chosted_flush(void);
/* Looks at what standard output is, if that has not been done: the first flush does it
   otherwise. */
void chosted_prepare_output(void);
/* Writes queued output, and waits for a reader that takes none for `patience` milliseconds, -1
   for ever; what is left then is dropped. */
void chosted_flush_all(int patience);
/* Output bytes that were dropped. */
uint64_t chosted_output_drops(void);

/* MARK: disk.c */

/* A file as a disk, and the thread that makes its transfers. */
struct chosted_disk;

enum { CHOSTED_READ, CHOSTED_WRITE, CHOSTED_FLUSH };

/* One transfer between memory and disk. The disk's from `chosted_begin` until `chosted_ended`
   returns it. */
struct chosted_transfer {
  void *buffer;
  size_t count;
  /* Where on the disk, in bytes. */
  uint64_t offset;
  int kind;
  /* Whether the host reported an error; set by the disk. */
  int failed;
  /* The caller's own. */
  size_t number;
};

/* Opens a file or block device as a disk, for good; null if that fails. For reading only if it
   cannot be written (`is_read_only`); `size` is in bytes. Starts a thread, so it must come before
   the sandbox. */
struct chosted_disk *chosted_open_disk(const char *path, int *is_read_only, uint64_t *size);
/* Has `line` marked when transfers have ended; 0 if it cannot be waited for. */
int chosted_watch_disk(const struct chosted_disk *disk, unsigned line);
/* Queues a transfer; 0, or 1 if there is no room until others have ended. Never waits. */
int chosted_begin(const struct chosted_disk *disk, struct chosted_transfer *transfer);
/* The next transfer that has ended; null if none has. They end in the order they began in. */
struct chosted_transfer *chosted_ended(const struct chosted_disk *disk);

/* MARK: tap.c */

/* Opens a TAP interface, which is made if there is none and that is permitted; -1 if that fails. */
int chosted_open_tap(const char *name);
/* Takes a frame that has arrived; its size, 0 if there is none. Never waits. */
size_t chosted_tap_receive(int descriptor, void *buffer, size_t count);
/* Sends a frame; 0 if the host does not take it. Never waits. */
int chosted_tap_send(int descriptor, const void *frame, size_t count);

/* MARK: sandbox.c */

/* From now on any system call that is not in the table of sandbox.c kills the process (SIGSYS).
   0, or 1 if the host has no seccomp. */
int chosted_enter_sandbox(void);

/* MARK: hosted.c and faults.c */

/* Says something on standard error. */
void chosted_complain(const char *text);

/* The time of day: seconds since 1970, and nanoseconds into `rest`. */
int64_t chosted_wall_time(uint32_t *rest);

/* Maps `size` bytes, of which the first `guard` may not be touched; 0 if there is no memory. */
uintptr_t chosted_map_stack(size_t size, size_t guard);

/* Gives memory back to the host. */
void chosted_unmap(uintptr_t start, size_t size);

/* Has faults write queued output before the signal takes its usual course, so that a debugger
   and a core file show the fault itself. */
void chosted_catch_faults(void);
/* Has faults at addresses that `is_guard` knows called a stack overflow, and handled on a stack
   of their own. */
void chosted_catch_overflow(int (*is_guard)(uintptr_t));

/* Ends the process by SIGABRT with a message on standard error; buffered output comes first. */
__attribute__((noreturn)) void chosted_panic(const char *message, size_t count);

/* Bytes of the C library's heap: from the system, in blocks in use, and free within. */
struct chosted_memory {
  uint64_t capacity, used, free;
};
struct chosted_memory chosted_memory(void);

/* 64 random bits. */
uint64_t chosted_entropy(void);

/* Ends the process. */
__attribute__((noreturn)) void chosted_exit(int status);

/* Starts this process's image again in its place, with the same arguments. */
__attribute__((noreturn)) void chosted_restart(void);

