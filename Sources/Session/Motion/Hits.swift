// Which of the user's breakpoints and watchpoints a stop is a hit of.

internal import Bytes
internal import Expressions
internal import Inspect

extension Session {
  /// Counts the breakpoints at an address whose conditions hold; the first that wants a stop.
  func breakpointHit(at pc: Address) -> StopSummary.Reason? {
    var found: StopSummary.Reason?
    var finished: [Int] = []
    for index in points.breakpoints(at: pc) {
      let item = points.items[index]
      do {
        guard try isHolding(item.condition) else { continue }
      } catch {
        found = found ?? .conditionFailed(number: item.number, message: error.message)
        continue
      }
      points.items[index].hits += 1
      if item.ignore > 0 {
        points.items[index].ignore -= 1
        continue
      }
      if item.isTemporary { finished.append(item.number) }
      points.items[index].stops()
      if let log = item.log {
        say(log)
        continue
      }
      found = found ?? .breakpoint(number: item.number, isTemporary: item.isTemporary)
    }
    points.items.removeAll { finished.contains($0.number) }
    return found
  }

  /// Whether a watchpoint of ours watches there.
  func isWatched(_ kind: StopPoint.Kind, _ address: Address) -> Bool {
    points.items.contains { $0.watches(kind, address) }
  }

  /// The watchpoint that a touched address belongs to, if its value and condition want a stop.
  func watchpointHit(_ kind: StopPoint.Kind, _ address: Address) -> StopSummary.Reason? {
    for index in points.items.indices where points.items[index].watches(kind, address) {
      let item = points.items[index]
      guard let watch = item.watch,
        let bytes = readMemory(watch.address, watch.value.size)
      else { continue }
      let value = Value(bytes: bytes, as: watch.value.type, at: watch.value.place)
      points.items[index].watch?.value = value
      if kind == .write, value.bytes == watch.value.bytes { continue }
      do {
        guard try isHolding(item.condition) else { continue }
      } catch { return .conditionFailed(number: item.number, message: error.message) }
      points.items[index].hits += 1
      if item.ignore > 0 {
        points.items[index].ignore -= 1
        continue
      }
      points.items[index].stops()
      return .watchpoint(
        number: item.number, expression: item.text, old: ValueText.of(watch.value),
        new: ValueText.of(value))
    }
    return nil
  }

  /// The watchpoint whose frame has just returned; it is deleted.
  func scopeEnded(_ facts: StoppedThread) -> StopSummary.Reason? {
    guard
      let index = points.items.firstIndex(where: {
        guard let watch = $0.watch, let scope = watch.scope else { return false }
        return watch.scopeEnd == facts.pc && facts.stackPointer >= scope
      })
    else { return nil }
    let item = points.items.remove(at: index)
    return .watchpointOutOfScope(number: item.number, expression: item.text)
  }

  private func isHolding(_ condition: Expression?) throws(SessionError) -> Bool {
    guard let condition else { return true }
    return try evaluate(condition).isTrue
  }
}

extension UserBreakpoint {
  /// Whether this is an enabled watchpoint of a kind on an address.
  func watches(_ kind: StopPoint.Kind, _ address: Address) -> Bool {
    isEnabled && watch != nil
      && points.contains {
        $0.kind == kind && address.offset(from: $0.address) < UInt64(max(1, $0.length))
      }
  }
}

/// A watched value in words, where no printer of values is at hand.
enum ValueText {
  /// Returns `-3`, `true`, `0x1000`, or bytes in hexadecimal.
  static func of(_ value: Value) -> String {
    if let absence = value.absence { return absence }
    if let float = value.float { return "\(float)" }
    if !value.wide.isEmpty {
      return "{" + value.wide.map { "0x" + Hex.digits(of: UInt64($0)) }.joined(separator: ", ")
        + "}"
    }
    switch value.type {
    case .boolean: return value.bits == 0 ? "false" : "true"
    case .pointer, .code: return Address(value.bits).hex
    default: return value.isSigned ? "\(value.signed)" : "\(value.bits)"
    }
  }
}
