import Canvas
import Glibc
import Session
import Testing
import Views

@Suite("Golden screens")
struct GoldenTests {
  /// One recorded screen: a fixture, a size, the keys typed before, and what it shows.
  struct Golden: CustomTestStringConvertible, Sendable {
    var fixture: Fixture
    var size: Size
    var keys = ""
    var glyphs = Glyphs.unicode

    var name: String {
      let typed = keys.isEmpty ? "" : "-" + keys.map { $0.isLetter || $0.isNumber ? $0 : "_" }
      return "\(fixture)-\(size.columns)x\(size.rows)\(typed)"
        + (glyphs == .ascii ? "-ascii" : "")
    }
    var testDescription: String { name }

    var canvas: Canvas {
      var view = ViewState(size: size)
      let snapshot = fixture.snapshot
      for key in keys {
        let input: Key = key == "\n" ? .enter : key == "\t" ? .tab : .character(key)
        _ = Dashboard.handle(.key(input), &view, snapshot)
      }
      return render(snapshot, view, size: size, glyphs: glyphs)
    }
  }

  static let sizes = [(80, 24), (40, 10), (132, 43)].map { Size(columns: $0.0, rows: $0.1) }
  static let screens: [Golden] =
    Fixture.allCases.flatMap { fixture in sizes.map { Golden(fixture: fixture, size: $0) } }
    + sizes.flatMap { size in
      [
        Golden(fixture: .stopped, size: size, keys: "5"),
        Golden(fixture: .hostile, size: size, keys: "5"),
        Golden(fixture: .stopped, size: size, keys: "3"),
        Golden(fixture: .stopped, size: size, keys: "3\t"),
        Golden(fixture: .hostile, size: size, keys: "3"),
        Golden(fixture: .hostile, size: size, keys: "3\t"),
        Golden(fixture: .stopped, size: size, keys: "3", glyphs: .ascii),
        Golden(fixture: .stopped, size: size, keys: "?"),
        Golden(fixture: .stopped, size: size, keys: "b"),
        Golden(fixture: .stopped, size: size, keys: "q"),
        Golden(fixture: .stopped, size: size, glyphs: .ascii),
        Golden(fixture: .live, size: size, keys: "1"),
        Golden(fixture: .live, size: size, keys: "4"),
        Golden(fixture: .live, size: size, keys: "5"),
        Golden(fixture: .live, size: size, keys: "6"),
        Golden(fixture: .hostile, size: size, keys: "1"),
        Golden(fixture: .hostile, size: size, keys: "4"),
        Golden(fixture: .hostile, size: size, keys: "6"),
      ]
    } + [
      Golden(fixture: .live, size: sizes[0], keys: "1", glyphs: .ascii),
      Golden(fixture: .live, size: sizes[0], keys: "4 [[>", glyphs: .ascii),
      Golden(fixture: .live, size: sizes[0], keys: "6<<"),
    ]

  @Test("each screen is as recorded (RECORD=1 records anew)", arguments: screens)
  func screen(golden: Golden) throws {
    let canvas = golden.canvas
    let text = canvas.text + "\n--- styles\n" + canvas.styleText + "\n"
    let path = folder + golden.name + ".txt"
    guard getenv("RECORD") == nil else {
      try write(text, to: path)
      Issue.record("recorded \(golden.name); run again without RECORD")
      return
    }
    let recorded = try #require(read(path), "no such file: record it")
    #expect(text == recorded)
  }

  @Test("every recorded file belongs to a screen")
  func files() throws {
    let known = Set(Self.screens.map { $0.name + ".txt" })
    let directory = try #require(opendir(folder))
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      #expect(name.hasPrefix(".") || known.contains(name), "\(name) is left over")
    }
  }

  private var folder: String {
    String(#filePath.dropLast("GoldenTests.swift".count)) + "Golden/"
  }

  private func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func write(_ text: String, to path: String) throws {
    mkdir(folder, 0o755)
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    let bytes = Array(text.utf8)
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }
}
