// Names, messages, lookups and the cache of DNS, with messages put together by hand from RFC 1035.

import Internet
import Testing

@Suite("DNS")
struct DNSTests {
  static let start = Moment(microseconds: 1_000_000)
  static let servers = [
    Endpoint(IPv4Address(10, 0, 0, 53), 53), Endpoint(IPv4Address(10, 0, 1, 53), 5353),
  ]

  static func name(_ text: String) throws -> DNSName { try #require(DNSName(Array(text.utf8))) }

  /// A lookup, for expectations.
  final class Asker {
    var lookup: DNSLookup
    var now = DNSTests.start

    init(_ name: String, _ kind: DNSQuestion.Kind = .a, servers: [Endpoint] = DNSTests.servers)
      throws
    {
      let question = DNSQuestion(try DNSTests.name(name), kind)
      lookup = DNSLookup(question, servers: servers, random: (1, 2))
    }

    func started() -> DNSLookup.Effect { lookup.started(at: now) }

    /// A message arrives from the server that was asked, or another one.
    func received(_ bytes: [UInt8], from source: Endpoint? = nil) -> (DNSLookup.Effect?, Drop?) {
      do throws(Drop) {
        let server = lookup.servers[lookup.server]
        return (try lookup.received(bytes.span, from: source ?? server, at: now), nil)
      } catch {
        return (nil, error)
      }
    }

    func expired() -> DNSLookup.Effect {
      now = lookup.deadline
      return lookup.timerExpired(at: now)
    }

    func opened() -> DNSLookup.Effect { lookup.streamOpened(at: now) }
    func closed() -> DNSLookup.Effect { lookup.streamClosed(at: now) }
    func stream(_ bytes: [UInt8]) throws(Drop) -> DNSLookup.Effect {
      try lookup.streamReceived(bytes.span, at: now)
    }

    /// The question of the query, its header left out.
    var asked: [UInt8] { Array(lookup.query[12...]) }
  }

  /// An answer to what was asked: flags, counts of records, and these.
  static func answer(
    _ asker: Asker, flags: UInt16 = 0x8180, _ counts: [UInt8] = [0, 0, 0], _ records: String = ""
  ) -> [UInt8] {
    let question = asker.asked.prefix { _ in true }
    let length = (question.firstIndex(of: 0) ?? 0) + 5
    return asker.lookup.query[..<2] + [UInt8(flags >> 8), UInt8(flags & 255), 0, 1]
      + counts.flatMap { [0, $0] } + question[..<length] + PacketTests.bytes(records)
  }

  /// `10.0.0.80` for 300 seconds, of the name that was asked for (a pointer to byte 12).
  static let address = "c00c 0001 0001 0000012c 0004 0a000050"
  /// A zone's authority, kept for 600 seconds, of which 60 count for what is not there.
  static let authority =
    "c00c 0006 0001 00000258 0016 00 00 00000001 00000002 00000003 00000004 0000003c"

  @Test("a question is written as a server reads it")
  func question() throws {
    let asker = try Asker("WWW.example.org.")
    #expect(asker.started() == .ask(Self.servers[0]))
    #expect(
      PacketTests.hex(asker.lookup.query[2...])
        == "0100" + "0001000000000001" + "03777777" + "076578616d706c65" + "036f7267" + "00"
        + "00010001" + "000029" + "04d0" + "00000000" + "0000")
    #expect(
      PacketTests.hex(try Asker("a.b", .aaaa).lookup.question.message(0x1234, usesEDNS: false))
        == "123401000001000000000000" + "0161" + "0162" + "00" + "001c0001")
  }

  @Test("text that is no name is refused")
  func names() throws {
    let long = String(repeating: "a", count: 63)
    for text in [
      "", ".", "a..b", ".a", "a b", "a/b", long + "a", "\(long).\(long).\(long).\(long)",
    ] {
      #expect(DNSName(Array(text.utf8)) == nil, "\(text)")
    }
    #expect(DNSName(Array("\(long).\(long).\(long).\(long.dropLast(2))".utf8))?.wire.count == 255)
    #expect(try Self.name("LOCALHOST").isLocalhost && Self.name("a.localhost").isLocalhost)
    #expect(try !Self.name("localhost.org").isLocalhost && !Self.name("alocalhost").isLocalhost)
  }

  @Test("compressed names are read, and pointers that lead nowhere, onwards or round are refused")
  func compression() throws {
    // RFC 1035, section 4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92.
    var bytes = [UInt8](repeating: 0, count: 93)
    bytes.replaceSubrange(20..<32, with: PacketTests.bytes("0146 03495349 0441525041 00"))
    bytes.replaceSubrange(40..<46, with: PacketTests.bytes("03464f4f c014"))
    bytes.replaceSubrange(64..<66, with: PacketTests.bytes("c01a"))
    for (place, text, end) in [
      (20, "f.isi.arpa", 32), (40, "foo.f.isi.arpa", 46), (64, "arpa", 66),
    ] {
      var offset = place
      #expect(try DNSName(parsing: bytes.span, at: &offset) == Self.name(text))
      #expect(offset == end)
    }
    for wrong in [
      "c000", "c002 c000", "03414243", "0341", "40", "80 00", "c0", "c0ff", "0141 c000", "",
    ] {
      let bytes = PacketTests.bytes(wrong)
      var offset = 0
      #expect(throws: Drop.dnsMalformed, "\(wrong)") {
        try DNSName(parsing: bytes.span, at: &offset)
      }
    }
    // A label, and 200 pointers each to the one before: more than anybody needs.
    var chain: [UInt8] = [0]
    for index in 0..<200 {
      let target = index == 0 ? 0 : 1 + 2 * (index - 1)
      chain += [0xc0 | UInt8(target >> 8), UInt8(target & 255)]
    }
    var offset = chain.count - 2
    #expect(throws: Drop.dnsMalformed) { try DNSName(parsing: chain.span, at: &offset) }
    offset = 41
    #expect(try DNSName(parsing: chain.span, at: &offset).wire == [0] && offset == 43)
  }

  @Test("addresses of both kinds are found, along names that stand for others")
  func addresses() throws {
    let plain = try Asker("www.example.org")
    _ = plain.started()
    #expect(
      plain.received(Self.answer(plain, [1, 0, 0], Self.address)).0
        == .finished(DNSResult.of(.v4(IPv4Address(10, 0, 0, 80)), 300)))
    let long = try Asker("www.example.org", .aaaa)
    _ = long.started()
    // www is an alias (10 s) of web, at the end of the record; web has an address (300 s).
    let records =
      "c00c 0005 0001 0000000a 0006 03776562 c010"
      + "c02d 001c 0001 0000012c 0010 20010db8 00000000 00000000 00000050"
    #expect(
      long.received(Self.answer(long, [2, 0, 0], records)).0
        == .finished(DNSResult.of(.v6(IPv6Address(high: 0x2001_0db8_0000_0000, low: 0x50)), 10)))
    // The alias alone: its name is asked for, and that stands for itself.
    let chain = try Asker("www.example.org")
    _ = chain.started()
    let alias = "c00c 0005 0001 0000000a 0006 03776562 c010"
    #expect(chain.received(Self.answer(chain, [1, 0, 0], alias)).0 == .ask(Self.servers[0]))
    #expect(
      chain.asked.starts(with: PacketTests.bytes("03776562 076578616d706c65 036f7267 00 0001")))
    #expect(
      chain.received(Self.answer(chain, [1, 0, 0], "c00c 0005 0001 0000000a 0002 c00c")).0
        == .finished(DNSResult.none(.tooManyAliases, 0)))
  }

  @Test("that there is no name or no address is known for as long as the zone says")
  func negative() throws {
    for (flags, error) in [(0x8183, DNSError.noSuchName), (0x8180, .noAddress)] {
      let asker = try Asker("no.example.org")
      _ = asker.started()
      #expect(
        asker.received(Self.answer(asker, flags: UInt16(flags), [0, 1, 0], Self.authority)).0
          == .finished(DNSResult.none(error, 60)))
      let silent = try Asker("no.example.org")
      _ = silent.started()
      #expect(
        silent.received(Self.answer(silent, flags: UInt16(flags))).0
          == .finished(DNSResult.none(error, 0)))
    }
  }

  @Test("who does not know server, number and question is not believed, and the wait goes on")
  func forged() throws {
    let asker = try Asker("www.example.org")
    _ = asker.started()
    let right = Self.answer(asker, [1, 0, 0], Self.address)
    let deadline = asker.lookup.deadline
    #expect(asker.received(right, from: Self.servers[1]) == (nil, .dnsUnexpected))
    #expect(
      asker.received(right, from: Endpoint(Self.servers[0].address, 54)) == (nil, .dnsUnexpected))
    for (offset, drop) in [
      (0, Drop.dnsUnexpected), (1, .dnsUnexpected), (2, .dnsMalformed), (5, .dnsMalformed),
      (13, .dnsUnexpected), (30, .dnsUnexpected), (32, .dnsMalformed),
    ] {
      var wrong = right
      wrong[offset] ^= offset == 2 ? 0x80 : 1
      #expect(asker.received(wrong) == (nil, drop), "byte \(offset)")
    }
    for count in 0..<right.count {
      #expect(asker.received(Array(right[..<count])) == (nil, .dnsMalformed), "\(count) bytes")
    }
    #expect(asker.lookup.deadline == deadline)
    #expect(asker.received(right).0 == .finished(.of(.v4(IPv4Address(10, 0, 0, 80)), 300)))
    #expect(asker.received(right) == (nil, .dnsUnexpected), "it is over")
  }

  @Test("servers are asked in turn, ever more slowly, each time by another number")
  func retries() throws {
    let asker = try Asker("www.example.org")
    var (effect, servers, numbers, times) = (
      asker.started(), [Endpoint](), Set<[UInt8]>(), [UInt64]()
    )
    while case .ask(let server) = effect {
      servers.append(server)
      numbers.insert(Array(asker.lookup.query[..<2]))
      let before = asker.now
      effect = asker.expired()
      times.append((asker.now - before).microseconds / 1_000_000)
    }
    #expect(effect == .finished(DNSResult.none(.timedOut, 0)))
    #expect(servers == Self.servers + Self.servers + Self.servers && numbers.count == 6)
    #expect(times == [1, 1, 2, 2, 4, 4] && asker.lookup.counts.timeouts == 6)
    #expect(asker.lookup.deadline == .distantFuture)
    // One that fails: the next; one without the extension: again without it.
    let other = try Asker("www.example.org")
    _ = other.started()
    #expect(other.received(Self.answer(other, flags: 0x8182)).0 == .ask(Self.servers[1]))
    #expect(other.received(Self.answer(other, flags: 0x8181)).0 == .ask(Self.servers[1]))
    #expect(other.lookup.query[11] == 0 && other.asked.count == 21)
    // Refused without recursion; a referral.
    #expect(other.received(Self.answer(other, flags: 0x8005)).0 == .ask(Self.servers[0]))
    #expect(other.received(Self.answer(other, flags: 0x8000)).0 == .ask(Self.servers[1]))
    #expect(try Asker("a", servers: []).started() == .finished(DNSResult.none(.noServer, 0)))
  }

  @Test("an extended code is read from the extension")
  func badVersion() throws {
    let asker = try Asker("www.example.org")
    _ = asker.started()
    let option = "00 0029 04d0 01000000 0000"
    #expect(asker.received(Self.answer(asker, [0, 0, 1], option)).0 == .ask(Self.servers[0]))
    #expect(asker.lookup.query[11] == 0)
  }

  @Test("an answer that does not fit is fetched by a connection, which may bring it in pieces")
  func stream() throws {
    let asker = try Asker("www.example.org")
    _ = asker.started()
    // It ends in the middle of a record.
    let cut = Self.answer(asker, flags: 0x8380, [9, 0, 0], String(Self.address.dropLast(8)))
    #expect(asker.received(cut).0 == .connect(Self.servers[0]))
    let query = asker.lookup.query
    #expect(asker.opened() == .write([0, UInt8(query.count)] + query))
    let answer = Self.answer(asker, [1, 0, 0], Self.address)
    for byte in [0, UInt8(answer.count)] + answer.dropLast() {
      #expect(try asker.stream([byte]) == .nothing)
    }
    #expect(
      try asker.stream([answer.last ?? 0, 1, 2, 3])
        == .finished(DNSResult.of(.v4(IPv4Address(10, 0, 0, 80)), 300)))
    // A connection that is not to be had, or ends: the next server.
    let other = try Asker("www.example.org")
    _ = other.started()
    _ = other.received(Self.answer(other, flags: 0x8380))
    #expect(other.closed() == .ask(Self.servers[1]) && other.lookup.counts.truncated == 1)
  }

  @Test("the cache holds what it may, as long as it may")
  func cache() throws {
    var cache = DNSCache(capacity: 3)
    func question(_ text: String) throws -> DNSQuestion { DNSQuestion(try Self.name(text), .a) }
    func find(_ text: String, _ seconds: UInt64) throws -> DNSResult? {
      cache.find(try question(text), at: Self.start + .seconds(seconds))
    }
    let result = DNSResult.of(.v4(IPv4Address(1, 2, 3, 4)), 100)
    for name in ["a", "b", "c"] { cache.insert(try question(name), result, at: Self.start) }
    cache.insert(try question("d"), .none(.timedOut, 0), at: Self.start)
    #expect(cache.count == 3)
    #expect(try find("A", 40)?.seconds == 60)
    #expect(try find("b", 99) == .of(.v4(IPv4Address(1, 2, 3, 4)), 1))
    cache.insert(try question("d"), .none(.noSuchName, 50), at: Self.start + .seconds(50))
    #expect(try find("c", 50) == nil && cache.count == 3, "c was used longest ago")
    #expect(try find("d", 99) == .none(.noSuchName, 1) && find("d", 100) == nil)
    #expect(try find("a", 100) == nil && find("b", 100) == nil && cache.count == 0)
  }
}

extension DNSResult {
  static func of(_ address: IPAddress, _ seconds: UInt32) -> DNSResult {
    DNSResult(.success([address]), seconds: seconds)
  }
  static func none(_ error: DNSError, _ seconds: UInt32) -> DNSResult {
    DNSResult(.failure(error), seconds: seconds)
  }
}
