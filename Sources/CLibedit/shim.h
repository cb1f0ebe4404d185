#pragma once
// Swift imports no variadic function: one inline function for each use of el_set and history.
#include <histedit.h>
#include <stdio.h>
#include <unistd.h>

/// Opens an editor on copies of two descriptors; NULL if that fails.
static inline EditLine *porthole_el_open(const char *name, int input, int output) {
  int in = dup(input), out = dup(output);
  FILE *reads = in < 0 ? NULL : fdopen(in, "r");
  FILE *writes = out < 0 ? NULL : fdopen(out, "w");
  EditLine *editor = reads && writes ? el_init(name, reads, writes, writes) : NULL;
  if (editor) return editor;
  if (reads) fclose(reads); else if (in >= 0) close(in);
  if (writes) fclose(writes); else if (out >= 0) close(out);
  return NULL;
}

/// Closes an editor and its two streams.
static inline void porthole_el_close(EditLine *editor) {
  FILE *reads = NULL, *writes = NULL;
  el_get(editor, EL_GETFP, 0, &reads);
  el_get(editor, EL_GETFP, 1, &writes);
  el_end(editor);
  if (reads) fclose(reads);
  if (writes) fclose(writes);
}

static inline void porthole_el_set_prompt(EditLine *editor, char *(*prompt)(EditLine *)) {
  el_set(editor, EL_PROMPT, prompt);
}
static inline void porthole_el_set_emacs(EditLine *editor) { el_set(editor, EL_EDITOR, "emacs"); }
static inline void porthole_el_set_signal(EditLine *editor, int on) {
  el_set(editor, EL_SIGNAL, on);
}
static inline void porthole_el_set_data(EditLine *editor, void *data) {
  el_set(editor, EL_CLIENTDATA, data);
}
static inline void *porthole_el_data(EditLine *editor) {
  void *data = NULL;
  el_get(editor, EL_CLIENTDATA, &data);
  return data;
}
static inline void porthole_el_set_reader(EditLine *editor, int (*read)(EditLine *, wchar_t *)) {
  el_set(editor, EL_GETCFN, read);
}
static inline void porthole_el_bind(
    EditLine *editor, const char *name, const char *help, const char *key,
    unsigned char (*function)(EditLine *, int)) {
  el_set(editor, EL_ADDFN, name, help, function);
  el_set(editor, EL_BIND, key, name, NULL);
}
static inline void porthole_el_bind_builtin(EditLine *editor, const char *key, const char *name) {
  el_set(editor, EL_BIND, key, name, NULL);
}
/// Puts the terminal into the editor's mode (1) or back into its own (0).
static inline void porthole_el_prepare(EditLine *editor, int on) {
  el_set(editor, EL_PREP_TERM, on);
}
static inline void porthole_el_refresh(EditLine *editor) { el_set(editor, EL_REFRESH); }
static inline void porthole_el_set_history(EditLine *editor, History *entries) {
  el_set(editor, EL_HIST, history, entries);
}
static inline void porthole_history_limit(History *entries, int limit) {
  HistEvent event;
  history(entries, &event, H_SETSIZE, limit);
}
static inline void porthole_history_enter(History *entries, const char *line) {
  HistEvent event;
  history(entries, &event, H_ENTER, line);
}
