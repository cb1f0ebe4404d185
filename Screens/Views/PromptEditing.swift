// Editing the line in the prompt, with the keys of a shell.

internal import TerminalText

extension PromptState {
  /// Inserts characters at the cursor, as far as there is room.
  mutating func insert(_ characters: some Collection<Character>) {
    let room = max(0, Self.maximumLine - text.count)
    let fitting = characters.prefix(room)
    text.insert(contentsOf: fitting, at: cursor)
    cursor += fitting.count
    closeCompletions()
    historyIndex = nil
  }

  mutating func move(to place: Int) {
    cursor = max(0, min(place, text.count))
    closeCompletions()
  }

  /// Removes a stretch, and keeps it for `yank` if it was cut.
  mutating func remove(_ range: Range<Int>, cutting: Bool = false) {
    let range = range.clamped(to: 0..<text.count)
    guard !range.isEmpty else { return }
    if cutting { cut = Array(text[range]) }
    text.removeSubrange(range)
    cursor = range.lowerBound
    closeCompletions()
    historyIndex = nil
  }

  mutating func yank() { insert(cut) }

  /// The start of the word before the cursor.
  var wordStart: Int {
    var place = cursor
    while place > 0, !isWord(text[place - 1]) { place -= 1 }
    while place > 0, isWord(text[place - 1]) { place -= 1 }
    return place
  }

  /// The end of the word after the cursor.
  var wordEnd: Int {
    var place = cursor
    while place < text.count, !isWord(text[place]) { place += 1 }
    while place < text.count, isWord(text[place]) { place += 1 }
    return place
  }

  /// The start of the stretch without blanks before the cursor.
  var blankStart: Int {
    var place = cursor
    while place > 0, text[place - 1] == " " { place -= 1 }
    while place > 0, text[place - 1] != " " { place -= 1 }
    return place
  }

  private func isWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }

  /// Shows the entry of the history that is `step` further (-1 is older).
  mutating func recall(_ step: Int) {
    let here = historyIndex ?? history.count
    let next = here + step
    guard next >= 0, next <= history.count, next != here else { return }
    if historyIndex == nil { draft = text }
    replace(with: next == history.count ? draft : Array(history[next]))
    historyIndex = next == history.count ? nil : next
  }

  /// Scrolls the output; negative goes back.
  mutating func scroll(_ rows: Int) {
    scrollback = max(0, min(scrollback - rows, max(0, output.count - 1)))
  }

  /// Keeps a command in the history, unless it is empty or the same as the last.
  mutating func remember(_ line: String) {
    guard !line.isEmpty, history.last != line else { return }
    history.append(line)
    if history.count > 2000 { history.removeFirst() }
  }
}

// MARK: Completion

extension PromptState {
  /// Takes candidates for the line up to the cursor; a lone one, or what all begin with, goes in
  /// at once.
  public mutating func received(completions candidates: [String], for line: String) {
    guard mode == .command, String(text[..<cursor]) == line, let first = candidates.first else {
      return
    }
    let safe = candidates.prefix(500).filter { $0 == Sanitizer.visible($0) }
    guard !safe.isEmpty else { return }
    let common = safe.dropFirst().reduce(Array(first)) { shared, candidate in
      Array(zip(shared, candidate).prefix { $0 == $1 }.map(\.0))
    }
    completionStart = start(of: common)
    if common.count > cursor - completionStart {
      complete(with: common)
    }
    if safe.count == 1 {
      if cursor == text.count, first.last != "/" { insert(" ") }
    } else {
      completions = Array(safe)
      completionIndex = nil
    }
  }

  /// Returns where the longest end of the line begins that the candidates begin with.
  private func start(of common: [Character]) -> Int {
    let earliest = max(0, cursor - common.count)
    for place in earliest..<max(earliest, cursor)
    where common.starts(with: text[place..<cursor]) {
      return place
    }
    return cursor
  }

  private mutating func complete(with candidate: [Character]) {
    let start = min(completionStart, cursor)
    text.replaceSubrange(start..<cursor, with: candidate)
    cursor = start + candidate.count
  }

  /// Chooses the next candidate of the popup, and puts it into the line.
  mutating func choose(_ step: Int) {
    guard !completions.isEmpty else { return }
    let count = completions.count
    let next = completionIndex.map { ($0 + step + count) % count } ?? (step > 0 ? 0 : count - 1)
    completionIndex = next
    if mode != .history { complete(with: Array(completions[next])) }
  }

  /// Offers the entries of the history that hold what is typed, newest first.
  mutating func searchHistory() {
    let wanted = line.lowercased()
    var seen: Set<String> = []
    completions = Array(
      history.reversed().filter { $0.lowercased().contains(wanted) && seen.insert($0).inserted }
        .prefix(50))
    completionStart = 0
    completionIndex = completions.isEmpty ? nil : 0
  }
}
