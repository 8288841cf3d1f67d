package main

import (
	"fmt"
	"io"
	"time"
)

func printHead(out io.Writer) {
	_, _ = fmt.Fprint(out,
		"| Pace | Replicas | Era | Server | Calls | Calls/s | p50 ms | p99 ms | max ms | CPU µs/call | RSS peak MiB | anonymous peak MiB | KiB/client resting | KiB/client peak | Errors |\n"+
			"|---|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n")
}

// printLine prints a measurement. Memory is the sum over the replicas; what a
// client takes is by how much anonymous memory grew since before they came.
func printLine(out io.Writer, s scenario, r result) {
	calls := len(r.took)
	_, _ = fmt.Fprintf(out, "| %s | %d | %s | %s | %d | %.0f | %s | %s | %s | %.0f | %.1f | %.1f | %.1f | %.1f | %d |\n",
		s.pace(), s.replicas, s.era, s.kind, calls, float64(calls)/r.lasted.Seconds(),
		milliseconds(r.at(0.50)), milliseconds(r.at(0.99)), milliseconds(r.at(1)),
		float64(r.cpu.Microseconds())/float64(max(calls, 1)),
		mebibytes(r.peak.resident), mebibytes(r.peak.anonymous),
		perClient(r.resting.anonymous-r.before.anonymous, s.clients), perClient(r.peak.anonymous-r.before.anonymous, s.clients),
		r.failed)
}

// at returns the time within which that part of the calls were answered.
func (r result) at(part float64) time.Duration {
	if len(r.took) == 0 {
		return 0
	}
	return r.took[min(len(r.took)-1, int(part*float64(len(r.took))))]
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

func perClient(n int64, clients int) float64 { return float64(n) / 1024 / float64(clients) }
