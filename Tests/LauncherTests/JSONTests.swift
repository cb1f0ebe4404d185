// The writer and parser against python's: what one writes the other reads back unchanged.

internal import Glibc
internal import JSON
internal import Testing

/// Runs python with `input` on its standard input and returns what it printed.
func python(_ program: String, input: String) -> String? {
  let folder = temporaryFolder()
  defer { removeFolder(folder) }
  guard write(input, to: folder + "/input"), write(program, to: folder + "/program.py") else {
    return nil
  }
  let command = "python3 \(folder)/program.py < \(folder)/input > \(folder)/output"
  guard system(command) == 0 else { return nil }
  return contents(of: folder + "/output")
}

@Suite("JSON")
struct JSONTests {
  static let sample: JSONValue = [
    "schema": "porthole.test/1", "zero": 0, "least": .integer(.min), "most": .unsigned(.max),
    "third": .number(1.0 / 3), "huge": .number(1e300), "tiny": .number(2e-300), "yes": true,
    "nothing": .null, "list": [1, [], [:], [[2]]],
    "text": "quote \" slash \\ / tab \t newline \n bell \u{7} escape \u{1b}[31m del \u{7f}",
    "unicode": "é € 🚢 \u{202e}bidi \u{200b} \u{e0041} e\u{301} \u{0}", "": "empty name",
  ]

  @Test("python reads what the writer writes, and the parser what python writes")
  func roundTripThroughPython() throws {
    let program = """
      import json, sys
      value = json.loads(sys.stdin.read())
      print(json.dumps(value, ensure_ascii=False, indent=1))
      """
    let text = try #require(python(program, input: Self.sample.text))
    #expect(try JSONValue.parse(text: text) == Self.sample)
    let escaped = """
      import json, sys
      value = json.loads(sys.stdin.read())
      assert list(value)[0] == "schema" and value["most"] == 2**64 - 1 and value["text"].endswith("\\x7f")
      print(json.dumps(value))
      """
    let ascii = try #require(python(escaped, input: Self.sample.text))
    #expect(try JSONValue.parse(text: ascii) == Self.sample)
  }

  @Test("a line holds no newline and nothing that steers a terminal")
  func linesAreSafe() {
    for scalar in Self.sample.text.unicodeScalars {
      #expect(scalar.value >= 0x20 && !(0x7f..<0xa0).contains(scalar.value))
      #expect(scalar != "\u{202e}" && scalar != "\u{200b}")
    }
  }

  @Test("members keep their order, and setting one again keeps its place")
  func order() {
    var object = JSONObject(schema: "ps")
    object["b"] = 1
    object["a"] = 2
    object["b"] = 3
    #expect(object.text == #"{"schema":"porthole.ps/1","b":3,"a":2}"#)
    object["b"] = nil
    #expect(object.text == #"{"schema":"porthole.ps/1","a":2}"#)
  }

  @Test("the parser refuses exactly what python refuses")
  func sameAsPython() throws {
    let texts = [
      "", " ", "{", "}", "[1,]", "[1 2]", "{\"a\":}", "{\"a\" 1}", "{a:1}", "{\"a\":1,}", "01", "-",
      "1.", ".5", "1e", "1e+", "+1", "tru", "nul", "truex", "\"", "\"\\x\"", "\"\\u12\"",
      "\"\\u12g4\"", "\"a\nb\"", "1 2", "[", "[[", "'a'", "0", "-0", "1.5e3", "1E-2", "[]", " {} ",
      "\"\\ud83d\\udea2\"", "\"\\u00e9\\/\"", "[true,false,null]", "{\"a\":{\"b\":[{}]}}",
      "\t\r\n1", "\u{feff}1", "1\u{a0}", "-1", "--1", "1.2.3", "{\"a\":1 \"b\":2}", "[,1]", "{,}",
    ]
    let program = """
      import json, sys
      def accepted(text):
        try:
          json.loads(text)
          return True
        except ValueError: return False
      print(json.dumps([accepted(text) for text in json.load(sys.stdin)]))
      """
    let list = JSONValue.array(texts.map { .string($0) })
    let answer = try #require(python(program, input: list.text))
    let expected = try #require(try JSONValue.parse(text: answer).array?.compactMap(\.bool))
    for (text, isAccepted) in zip(texts, expected) {
      #expect((try? JSONValue.parse(text: text)) != nil ? isAccepted : !isAccepted, "\(text)")
    }
    #expect(expected.count == texts.count)
  }

  @Test("depth and size are bounded, and a deep text is an error, not a crash")
  func bounds() {
    let deep = Array(repeating: UInt8(ascii: "["), count: 100_000)
    #expect(throws: JSONError(offset: 64, reason: "nested deeper than 64")) {
      try JSONValue.parse(deep)
    }
    var limits = JSONLimits()
    limits.bytes = 3
    #expect(throws: JSONError.self) { try JSONValue.parse(text: "1234", limits: limits) }
  }

  @Test("every prefix and every one-byte change of a text is answered, never trapped on")
  func mutations() {
    let bytes = Array(Self.sample.text.utf8)
    for count in bytes.indices { #expect((try? JSONValue.parse(bytes.prefix(count))) == nil) }
    var parsed = 0
    for index in bytes.indices {
      for byte: UInt8 in [0, 0x22, 0x5c, 0x80] {
        var changed = bytes
        changed[index] = byte
        if (try? JSONValue.parse(changed)) != nil { parsed += 1 }
      }
    }
    #expect(parsed > 0)
  }

  @Test("a surrogate without its partner becomes the replacement character")
  func loneSurrogates() throws {
    #expect(try JSONValue.parse(text: #""\ud83dx""#) == "\u{fffd}x")
    #expect(try JSONValue.parse(text: #""\ud83d\u0041""#) == "\u{fffd}A")
    #expect(try JSONValue.parse(text: #""\udea2""#) == "\u{fffd}")
  }
}
