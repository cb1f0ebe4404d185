// Teaches a pipeline of tasks: a source that makes numbers, two workers that square them, a sink
// that adds them up. The stages are joined by streams and run in a task group; when the sink has
// had enough it cancels the group, and every stage ends by itself. Nothing outlives `run`.

import Kernel

@main
struct Pipeline: AsyncApplication {
  static func run() async {
    let (numbers, numberSource) = AsyncStream.makeStream(of: Int.self)
    let (squares, squareSource) = AsyncStream.makeStream(of: Int.self)

    let sum = await withTaskGroup(of: Int?.self) { group in
      // The source: a number a millisecond, without end. `Task.sleep` throws when cancelled.
      group.addTask {
        var number = 1
        while (try? await Task.sleep(for: .milliseconds(1))) != nil {
          numberSource.yield(number)
          number += 1
        }
        numberSource.finish()
        print("the source has stopped")
        return nil
      }
      // The workers: whichever is free takes the next number.
      for _ in 1...2 {
        group.addTask {
          for await number in numbers { squareSource.yield(number * number) }
          return nil
        }
      }
      // The sink: ends when it has ten squares.
      group.addTask {
        var (sum, count) = (0, 0)
        for await square in squares {
          sum += square
          count += 1
          if count == 10 { break }
        }
        return sum
      }
      // The first result that is a sum ends the pipeline.
      for await result in group {
        guard let result else { continue }
        group.cancelAll()
        return result
      }
      return 0
    }
    print("1 + 4 + 9 + ... + 100 = \(sum)")
  }
}
