/// A first-in first-out queue on an array, for the few elements a conversation has under way.
///
/// Appending and taking cost a constant amount on average.
struct Queue<Element> {
  private var elements: [Element] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }
  var count: Int { elements.count - head }
  var first: Element? { isEmpty ? nil : elements[head] }

  mutating func append(_ element: Element) { elements.append(element) }

  @discardableResult
  mutating func takeFirst() -> Element? {
    guard !isEmpty else { return nil }
    let element = elements[head]
    head += 1
    if head == elements.count {
      elements.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 64 {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  mutating func removeFirst() { takeFirst() }

  mutating func removeAll() {
    elements.removeAll()
    head = 0
  }

  mutating func replaceFirst(_ element: Element) {
    guard !isEmpty else { return }
    elements[head] = element
  }

  /// Changes the first element that satisfies the condition.
  mutating func updateFirst(where condition: (Element) -> Bool, _ change: (inout Element) -> Void) {
    for index in head..<elements.count where condition(elements[index]) {
      change(&elements[index])
      return
    }
  }

  /// Removes the first element that satisfies the condition and returns it.
  mutating func removeFirst(where condition: (Element) -> Bool) -> Element? {
    for index in head..<elements.count where condition(elements[index]) {
      return elements.remove(at: index)
    }
    return nil
  }
}

extension Queue: Sendable where Element: Sendable {}
