package store_test

import (
	"testing"

	"didops/internal/audit"
	"didops/internal/order"
	"didops/internal/store"
)

// BenchmarkOpen opens a store that exists and reads from it.
func BenchmarkOpen(b *testing.B) {
	path := place(b)
	trail(b, at(b, path), "first")
	for b.Loop() {
		s, err := store.Open(store.Config{Path: path, Now: morning})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Audit().Head(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMake makes a store.
func BenchmarkMake(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := fresh(b)
		b.StartTimer()
		trail(b, s, "first")
	}
}

// BenchmarkAppend keeps one audit entry, on disk.
func BenchmarkAppend(b *testing.B) {
	s := fresh(b)
	trail(b, s, "first")
	for b.Loop() {
		trail(b, s, "next")
	}
}

// BenchmarkStep reads an order of ten lines, changes it and audits that, on
// disk.
func BenchmarkStep(b *testing.B) {
	s := fresh(b)
	r := pending("o-1", 0, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10")
	insert(b, s, r)
	for b.Loop() {
		write(b, s.Orders(), func(tx order.Tx) error {
			r, err := tx.Order("o-1")
			if err != nil {
				return err
			}
			r.Lines[3].Tries++
			if r.Entry, r.EntryHash, err = tx.Append(audit.Entry{At: morning(), Event: "sent", Order: "o-1"}); err != nil {
				return err
			}
			return tx.Save(r)
		})
	}
}

func BenchmarkHead(b *testing.B) {
	s := fresh(b)
	trail(b, s, "first")
	for b.Loop() {
		if _, err := s.Audit().Head(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOrder(b *testing.B) {
	s := fresh(b)
	insert(b, s, pending("o-1", 0, "1", "2", "3"))
	for b.Loop() {
		orderOf(b, s, "o-1")
	}
}
