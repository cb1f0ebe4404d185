// The programs that the fixtures are compiled from. Their line numbers matter to some tests.

enum Sources {
  static let text = [
    "tour.c": tourC, "tour.swift": tourSwift, "values.swift": valuesSwift,
    "places.s": PlacedVariable.program,
  ]

  static let tourC = #"""
    #include <stdint.h>
    #include <stdio.h>
    #include <signal.h>
    #include <stdlib.h>

    volatile int sink;
    static int table[8] = {3, 1, 4, 1, 5, 9, 2, 6};
    enum color { RED, GREEN = 5, BLUE };
    typedef unsigned short port_t;
    struct pair { int first; long second; };

    static inline int twice(int value) {
      int doubled = value * 2;
      sink += doubled;
      return doubled;
    }

    static inline int fourfold(int value) {
      return twice(twice(value));
    }

    __attribute__((noinline)) static int leaf(int a, long b) {
      return a + (int)b;
    }

    __attribute__((noinline)) int many(char c, signed char sc, unsigned char uc, short s, port_t p,
                                       int64_t wide, double d, float f, const char *text) {
      enum color color = c > 3 ? GREEN : BLUE;
      _Bool flag = uc > 2;
      struct pair pair = {s, wide};
      sink = color + flag + pair.first;
      abort_here:
      return leaf(sink, p) + (int)d + (int)f + text[0] + sc;
    }

    __attribute__((noinline)) int deep(int level) {
      if (level == 0) {
        int inner = fourfold(table[sink & 7]);
        return inner + many('A', -2, 200, -300, 65535, 1L << 40, 2.5, -0.5f, "text");
      }
      int before = level * 3;
      {
        int shadow = before + 1;
        sink = shadow;
      }
      return deep(level - 1) + before;
    }

    static void handler(int signal) {
      sink = signal;
      deep(1);
    }

    int oneLine(void) { return 7; }

    // A comment before a function.
    int main(int argc, char **argv) {
      struct sigaction action = {0};
      action.sa_handler = handler;
      sigaction(SIGUSR1, &action, 0);
      for (int round = 0; round < argc; round++)
        sink += twice(round);
      int result = deep(3);
      raise(SIGUSR1);
      printf("%d %d %s\n", result, oneLine(), argv[0]);
      return 0;
    }
    """#

  static let tourSwift = #"""
    struct Counter {
      var count = 0
      var step: Int

      @inline(never)
      mutating func beat(by amount: Int) -> Int {
        let before = count
        count += amount * step
        return helper(before)
      }

      @inline(__always)
      private func helper(_ value: Int) -> Int {
        var total = value
        for index in 0..<step {
          total &+= index
        }
        return total
      }
    }

    enum Tone: UInt8 {
      case low = 3
      case high = 9
    }

    final class Box {
      var items: [Int] = []

      @inline(never)
      func add(_ item: Int, twice: Bool) {
        items.append(item)
        if twice { items.append(item) }
      }

      deinit { print("gone", items.count) }
    }

    @inline(never)
    func scalars(
      small: UInt8, signed: Int16, wide: UInt64, flag: Bool, ratio: Double, half: Float
    ) -> Int {
      let sum = Int(small) + Int(signed)
      let tone = flag ? Tone.high : Tone.low
      print(sum, tone.rawValue, ratio, half, wide)
      return sum
    }

    func generic<T: Comparable>(_ values: [T]) -> T? {
      values.filter { $0 > values[0] }.max()
    }

    @main
    struct Main {
      static func main() {
        var counter = Counter(step: 3)
        let box = Box()
        for index in 0..<4 {
          box.add(counter.beat(by: index), twice: index % 2 == 0)
        }
        print(generic(box.items) ?? -1, generic([1.5, 2.5]) ?? 0)
        _ = scalars(small: 200, signed: -300, wide: .max, flag: true, ratio: 2.5, half: -0.5)
      }
    }
    """#

  static let valuesSwift = #"""
    struct Point { var x: Int32; var y: Double }
    struct Line { var from: Point; var to: Point; var name: String }
    enum Color: UInt8 { case red = 3, green, blue }
    enum Plain { case one, two, three }
    final class Box { var n = 3 }

    @inline(never) func stop(_ number: Int) { print(number) }

    @inline(never) func keep<T>(_ value: T) -> T { value }

    @main
    struct Main {
      static func main() {
        let some: Int? = keep(5), no: Int? = keep(nil)
        let point = Point(x: -7, y: 2.5), maybePoint: Point? = keep(point)
        let noPoint: Point? = keep(nil)
        let color = keep(Color.green), plain = keep(Plain.three)
        let maybePlain: Plain? = keep(.two), noPlain: Plain? = keep(nil)
        let short = keep("small"), empty = keep(""), exact = keep("fifteen bytes!!")
        let long = keep("a text that is too long for sixteen bytes")
        var huge = ""
        for index in 0..<300 { huge += String(index % 10) }
        let accents = keep("né \"quoted\"\n")
        let maybeText: String? = keep("there"), noText: String? = keep(nil)
        let line = Line(from: point, to: point, name: "line")
        let noBox: Box? = keep(nil), flag: Bool? = keep(true), noFlag: Bool? = keep(nil)
        let pair = keep((4, true)), list = keep([1, 2, 3]), nothing: [Int] = keep([])
        let many = Array(0..<40), noPointer: UnsafePointer<UInt8>? = keep(nil)
        let byte: UInt8? = keep(200), noByte: UInt8? = keep(nil), range = keep(3..<9)
        let points = keep([point, point])
        stop(long.utf8.count)
        _ = (some, no, maybePoint, noPoint, color, plain, maybePlain, noPlain, short, empty)
        _ = (exact, huge, accents, maybeText, noText, line, noBox, flag, noFlag, pair, list)
        _ = (nothing, many, noPointer, byte, noByte, range, points)
      }
    }
    """#
}
