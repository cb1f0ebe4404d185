// The scraps of the C library that Embedded Swift and its concurrency runtime ask the linker
// for, beyond memory (memory.S) and the heap (module X86). All report fatal errors or are never
// reached here, so messages are passed on unformatted. In C for the sake of `va_list`.

#ifdef BAREMETAL
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

void x86_write_console(const char *text, size_t count);
_Noreturn void x86_power_off(int status);
_Noreturn void x86_abort(void);

size_t strlen(const char *text) {
  const char *end = text;
  while (*end) end++;
  return (size_t)(end - text);
}

char *strncpy(char *to, const char *from, size_t count) {
  size_t i = 0;
  for (; i < count && from[i]; i++) to[i] = from[i];
  for (; i < count; i++) to[i] = 0;
  return to;
}

int puts(const char *text) {
  x86_write_console(text, strlen(text));
  x86_write_console("\n", 1);
  return 0;
}

int putchar(int character) {
  char byte = (char)character;
  x86_write_console(&byte, 1);
  return character;
}

int fputs(const char *text, void *stream) {
  (void)stream;
  x86_write_console(text, strlen(text));
  return 0;
}

int fflush(void *stream) {
  (void)stream;
  return 0;
}

void *stderr;

int vprintf(const char *format, va_list arguments) {
  (void)arguments;
  x86_write_console(format, strlen(format));
  return 0;
}

int vsnprintf(char *to, size_t size, const char *format, va_list arguments) {
  (void)arguments;
  size_t length = strlen(format);
  if (size > 0) {
    size_t kept = length < size ? length : size - 1;
    for (size_t i = 0; i < kept; i++) to[i] = format[i];
    to[kept] = 0;
  }
  return (int)length;
}

_Noreturn void exit(int status) { x86_power_off(status); }
_Noreturn void abort(void) { x86_abort(); }
_Noreturn void __cxa_pure_virtual(void) { x86_abort(); }
_Noreturn void _ZSt20__throw_length_errorPKc(const char *text) {
  puts(text);
  x86_abort();
}

int *__errno_location(void) {
  static int number;
  return &number;
}

double ceil(double value) {
  if (!(value > -4503599627370496.0 && value < 4503599627370496.0)) return value;
  double whole = (double)(int64_t)value;
  return whole < value ? whole + 1 : whole;
}

#endif
typedef int libc_is_not_empty;
