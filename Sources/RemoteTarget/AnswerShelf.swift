internal import GDBRemote

/// Answers that have come and that nobody has taken yet.
///
/// They come in the order in which they are taken, nearly always, so the first is the one that is
/// wanted: a search from there beats hashing.
struct AnswerShelf {
  private var entries: [(ticket: Ticket, answer: Answer)?] = []
  private var first = 0

  /// Keeps an answer.
  mutating func put(_ answer: Answer, for ticket: Ticket) { entries.append((ticket, answer)) }

  /// Takes the answer to a request out; nil if it has not come. Linear in the answers before it.
  mutating func take(_ ticket: Ticket) -> Answer? {
    var index = first
    while index < entries.count {
      if let entry = entries[index], entry.ticket == ticket {
        entries[index] = nil
        tidy()
        return entry.answer
      }
      index += 1
    }
    return nil
  }

  private mutating func tidy() {
    while first < entries.count, entries[first] == nil { first += 1 }
    guard first == entries.count else { return }
    entries.removeAll(keepingCapacity: true)
    first = 0
  }
}
