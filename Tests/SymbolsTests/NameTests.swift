// Names, build ids and the cache, against the toolchain's and the system's own tools.

internal import Bytes
internal import Glibc
internal import Symbols
internal import Testing

@Suite("Names, build ids and the cache")
struct NameTests {
  @Test(
    "names are shortened to what people type",
    arguments: [
      ("$s9Heartbeat7CounterC4beat5countS2i_tF", "Counter.beat(count:)"),
      ("$e9Heartbeat7CounterC4beat5countS2i_tF", "Counter.beat(count:)"),
      ("$s4Tour7CounterV6helper33_87E0C2AD4398B5F7675E816862ABD179LLyS2iF", "Counter.helper(_:)"),
      ("$s4Tour4MainV4mainyyFZTf4d_n", "Main.main()"),
      ("$sSa6append6contentsyqd__n_t7ElementQyd__RszSTRd__lF", nil),
      ("$s4Tour3BoxCfd", "Box.deinit"),
      ("printf", "printf"), ("$s", "$s"), ("$sgarbage", "$sgarbage"), ("", ""),
    ])
  func names(_ mangled: String, _ short: String?) {
    let name = Demangler.demangle(mangled)
    if let short { #expect(name == short) }
    #expect(mangled.isEmpty || !name.isEmpty)
  }

  @Test("functions are found by every way to write their names")
  func spellings() throws {
    let path = Fixture.swift("-g -Onone").build()
    let file = try SymbolFile(path: path)
    let linkage = "$s4Tour7CounterV4beat2byS2i_tF"
    let address = shell("nm \(path)").split(separator: "\n")
      .first { $0.hasSuffix(" " + linkage) }?.prefix(16)
    let expected = Address(try #require(UInt64(address ?? "", radix: 16)))
    for name in ["beat", "beat(by:)", "Counter.beat", "Tour.Counter.beat(by:)", linkage] {
      #expect(file.functions(named: name).map(\.start) == [expected], "\(name)")
    }
    #expect(file.functions(named: "eat").isEmpty)
    #expect(file.completions(of: "Counter.b", limit: 9) == ["Counter.beat", "Counter.beat(by:)"])
    #expect(file.completions(of: "Counter.b", limit: 1).count == 1)
  }

  @Test("the build id is the one readelf prints, in files and in a page of memory")
  func buildID() throws {
    let path = Fixture.c("-g -O0 -gdwarf-5").build()
    let text = shell("readelf -n \(path)")
    let hex = try #require(text.split(separator: "Build ID: ").dropFirst().first?.prefix(40))
    let id = try #require(BuildID(hex: String(hex)))
    #expect(try SymbolFile(path: path).buildID == id)
    #expect(SymbolFile.buildID(inFirstPage: Array(contents(of: path).prefix(4096))) == id)
    #expect(SymbolFile.buildID(inFirstPage: [UInt8](repeating: 0, count: 4096)) == nil)
    #expect(SymbolFile.buildID(inFirstPage: []) == nil)
  }

  @Test("an image is found in the cache by its build id")
  func cache() throws {
    let path = Fixture.c("-g -O0 -gdwarf-5").build()
    setenv("XDG_CACHE_HOME", Fixture.folder + "/cache", 1)
    let id = try #require(try SymbolFile(path: path).buildID)
    #expect(SymbolCache.path(of: id) == nil)
    #expect(try SymbolCache.store(image: path) == id)
    let copy = try #require(SymbolCache.path(of: id))
    #expect(contents(of: copy) == contents(of: path))
    #expect(copy == "\(Fixture.folder)/cache/porthole/symbols/\(id.hex)")
  }

  @Test("what is no image is refused with a reason")
  func refusals() {
    for bytes: [UInt8] in [[], [1, 2, 3], Array("\u{7f}ELF".utf8) + [1, 1, 1]] {
      #expect(throws: SymbolError.self) { try SymbolFile(bytes: bytes) }
    }
    #expect(throws: SymbolError.self) { try SymbolFile(path: "/nonexistent") }
    #expect(throws: SymbolError.self) { try SymbolFile(path: "/tmp") }
  }
}
