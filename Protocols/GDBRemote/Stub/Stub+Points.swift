// Z, z and jMultiBreakpoint: breakpoints and watchpoints.

internal import Bytes

extension Stub {
  /// How one request to plant or remove ended.
  private enum Planting {
    case done
    case unsupported
    case failed(StubError)
  }

  /// `Z KIND,ADDRESS,LENGTH` and `z`; a breakpoint may have conditions and commands.
  mutating func plant<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ isPlanted: Bool, _ target: inout T
  ) {
    switch planting(arguments, isPlanted, &target) {
    case .done: replyOK()
    case .unsupported: reply("")
    case .failed(let error): replyError(error)
    }
  }

  private mutating func planting<T: StubTarget>(
    _ arguments: ArraySlice<UInt8>, _ isPlanted: Bool, _ target: inout T
  ) -> Planting {
    var reader = PacketReader(arguments)
    guard let kind = reader.number(), reader.take(Letter.comma),
      let (address, length) = reader.range()
    else { return .failed(.malformed) }
    guard reader.isAtEnd || isPlanted && kind < 2 else { return .failed(.malformed) }
    guard kind < 5, let known = StopPointKind(rawValue: UInt8(kind)) else { return .unsupported }
    guard authority >= .stop else {
      statistics.refused &+= 1
      return .failed(.refused)
    }
    let point = RemoteStopPoint(kind: known, address: address, length: UInt64(length))
    // Before it is planted, or a condition that cannot be kept would be one that is always true.
    if let error = scripts.set(known, address, &reader) { return .failed(error) }
    switch target.set(point, isPlanted: isPlanted) {
    case .done: return .done
    case .unsupported:
      scripts.remove(known, address)
      return .unsupported
    case .failed:
      scripts.remove(known, address)
      return .failed(.unreadable)
    }
  }

  /// `jMultiBreakpoint:{"breakpoint_requests":["REQUEST",...]}`: requests as those of `Z` and `z`,
  /// obeyed in turn, also after one that failed. The answer is the list of their answers.
  mutating func plantMany<T: StubTarget>(_ arguments: ArraySlice<UInt8>, _ target: inout T) {
    var reader = PacketReader(arguments)
    reader.skipSpaces()
    guard reader.take(text: "{"), reader.takeText()?.equals(text: "breakpoint_requests") == true,
      reader.takeMark(Letter.colon), reader.takeMark(0x5b)
    else { return replyError(.malformed) }
    // Not in `body`: planting uses no reply, but an error must not leave half of one.
    scratch.clear()
    scratch.append(text: "{\"results\":[")
    var isFirst = true
    reader.skipSpaces()
    while !reader.take(0x5d) {
      if !isFirst, !reader.takeMark(Letter.comma) { return replyError(.malformed) }
      guard let request = reader.takeText() else { return replyError(.malformed) }
      // An answer is longer than the shortest request: nothing may be allocated for it.
      guard scratch.count <= Stub.packetSize - 16 else { return replyError(.noRoom) }
      let letter = request.first
      var answer = Planting.failed(.malformed)
      if letter == Letter.Z || letter == Letter.z {
        answer = planting(request.dropFirst(), letter == Letter.Z, &target)
      }
      scratch.append(text: isFirst ? "\"" : ",\"")
      switch answer {
      case .done: scratch.append(text: "OK")
      case .unsupported: break
      case .failed(let error):
        scratch.put(0x45)
        scratch.append(hexOf: CollectionOfOne(error.rawValue))
      }
      scratch.put(0x22)
      isFirst = false
      reader.skipSpaces()
    }
    scratch.append(text: "]}")
    body.clear()
    swap(&body, &scratch)
    sendBody()
    // Each keeps its own room.
    swap(&body, &scratch)
  }
}

extension PacketReader {
  /// Skips what may stand between the marks of JSON.
  fileprivate mutating func skipSpaces() { while take(0x20) {} }

  /// Takes a mark of JSON.
  fileprivate mutating func takeMark(_ mark: UInt8) -> Bool {
    skipSpaces()
    defer { skipSpaces() }
    return take(mark)
  }

  /// Takes a string of JSON; requests have nothing to escape in it.
  fileprivate mutating func takeText() -> ArraySlice<UInt8>? {
    skipSpaces()
    guard take(0x22) else { return nil }
    return taken(before: 0x22)
  }
}
