// Curses as Swift can import it: functions for macros, variables and variadics.
#pragma once
#define NCURSES_WIDECHAR 1
#define _XOPEN_SOURCE_EXTENDED 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>
#undef columns
#undef lines

/// The highest colour number plus one.
static inline int cnc_colors(void) { return COLORS; }
/// The highest number of a colour pair plus one.
static inline int cnc_color_pairs(void) { return COLOR_PAIRS; }
/// The size curses believes in.
static inline void cnc_size(int *rows, int *cols) { getmaxyx(stdscr, *rows, *cols); }
/// Attribute bits: bold, dim, underline, reverse.
static inline attr_t cnc_attributes(_Bool bold, _Bool dim, _Bool underlined, _Bool reversed) {
  return (bold ? A_BOLD : 0) | (dim ? A_DIM : 0) | (underlined ? A_UNDERLINE : 0) |
         (reversed ? A_REVERSE : 0);
}
/// Puts one cell: a base and up to two marks.
static inline void cnc_put(int row, int column, wchar_t base, wchar_t mark, wchar_t second,
                           attr_t attributes, int pair) {
  wchar_t text[4] = {base, mark, mark ? second : 0, 0};
  cchar_t cell;
  if (setcchar(&cell, text, attributes, 0, &pair) == OK)
    mvadd_wchnstr(row, column, &cell, 1);
}
/// A terminfo string, or NULL where the terminal has none.
static inline const char *cnc_string(const char *name) {
  const char *text = tigetstr(name);
  return text == (const char *)-1 ? NULL : text;
}
/// The character encoding of the locale.
static inline const char *cnc_codeset(void) { return nl_langinfo(CODESET); }
static inline int cnc_window_size(int fd, struct winsize *size) {
  return ioctl(fd, TIOCGWINSZ, size);
}
static inline void cnc_prepare(void) {
  set_escdelay(25);
  raw();
  noecho();
  nonl();
  typeahead(-1);
  leaveok(stdscr, FALSE);
  scrollok(stdscr, FALSE);
}
static inline void cnc_move(int row, int column) { move(row, column); }
/// Sends what changed.
static inline void cnc_refresh(void) { refresh(); }
/// Makes the next refresh paint everything.
static inline void cnc_repaint(void) { clearok(curscr, TRUE); }
static inline void cnc_erase(void) { erase(); }
/// A pipe whose ends no other program inherits; both ends non-blocking if asked.
static inline int cnc_pipe(int *ends, _Bool nonblocking) {
  int pipe2(int *, int);
  return pipe2(ends, nonblocking ? 02004000 : 02000000);
}
/// A descriptor that is readable when one of two others is.
static inline int cnc_join(int first, int second) {
  int joined = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(joined, EPOLL_CTL_ADD, first, &event);
  epoll_ctl(joined, EPOLL_CTL_ADD, second, &event);
  return joined;
}
/// The cells that the C library gives a character.
int wcwidth(wchar_t character);
