// A guest that makes the system call whose number its console input says, and then tells that it
// is still there: "NUMBER\n", with all arguments 0; "NUMBER FIRST THIRD\n" with these two; "32\n"
// after a "-" the 32-bit way. The sandbox's test finds out with it which calls the filter lets by.

#if hasFeature(Embedded)
internal import CProbe
internal import Kernel

@main
struct SandboxProbe: Application {
  static func start() {
    Console.onInput { bytes in
      if bytes.first == UInt8(ascii: "-") {
        _ = cprobe_call32()
      } else {
        let words = numbers(in: bytes)
        guard let number = words.first else { System.powerOff(status: 9) }
        _ = cprobe_call(
          number, words.count > 1 ? words[1] : 0, words.count > 2 ? words[2] : 0)
      }
      Console.write("still here\n")
      System.powerOff(status: 7)
    }
  }

  static func numbers(in bytes: [UInt8]) -> [Int] {
    var (numbers, number, isNumber) = ([Int](), 0, false)
    for byte in bytes {
      if byte >= 48, byte <= 57 {
        (number, isNumber) = (number * 10 + Int(byte - 48), true)
      } else if isNumber {
        numbers.append(number)
        (number, isNumber) = (0, false)
      }
    }
    return numbers
  }
}
#else
@main
struct SandboxProbe {
  static func main() {}
}
#endif
