package store_test

import (
	"fmt"
	"slices"
	"testing"

	"didops/internal/audit"
	"didops/internal/inventory"
	"didops/internal/order"
	"didops/internal/testing/wide"
)

// BenchmarkVerify measures how long a check of the trail takes, by entry: of a million
// of them where all is to run.
func BenchmarkVerify(b *testing.B) {
	s := at(b, place(b))
	count := wide.Pick(50_000, 1_000_000)
	var list []audit.Entry
	for i := range count {
		list = append(list, audit.Entry{
			At: morning(), Event: "sent", Exchange: exchange, Number: fmt.Sprintf("+97150%07d", i), Line: "sending", Order: "", Kind: "purchase",
			Actor: &audit.Actor{Realm: "os", ID: "alice", Name: "Alice", Via: "terminal"}, Request: fmt.Sprintf("r-%016x", i), Result: "try 1",
		})
	}
	for part := range slices.Chunk(list, 50_000) {
		if err := s.Inventory().Write(b.Context(), func(tx inventory.Tx) error { return tx.AppendAll(part) }); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		report, err := order.Verify(b.Context(), s.Verification(), "")
		if err != nil || report.Fault != "" {
			b.Fatalf("got %+v %v, want it whole", report, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/entry")
}
