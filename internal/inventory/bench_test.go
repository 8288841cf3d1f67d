package inventory_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"didops/internal/exchange"
	"didops/internal/money"
)

// many are own numbers as a large team has them.
func many(n int) []exchange.Owned {
	rows := make([]exchange.Owned, n)
	for i := range rows {
		rows[i] = number(fmt.Sprint(971500000000+i), func(r *exchange.Owned) {
			r.ID = fmt.Sprint(100000 + i)
			r.Vendor, r.Description = fmt.Sprint("Seller ", i%40), fmt.Sprint("Dubai mobile number, kind ", i%200)
			r.MonthlyFee = money.MustParse(fmt.Sprintf("%d.%02d", 1+i%9, i%100))
		})
	}
	return rows
}

// BenchmarkLook is a look at 10,000 numbers of which 50 changed, and one at which
// nothing did.
func BenchmarkLook(b *testing.B) {
	for _, changed := range []int{0, 50, 500} {
		b.Run(fmt.Sprint(changed), func(b *testing.B) {
			o := at(b, file(b), many(10_000)...)
			o.look(b)
			heaviest := 0.0
			for n := 0; b.Loop(); n++ {
				b.StopTimer()
				for i := range changed {
					o.list.edit(fmt.Sprint(971500000000+(n*changed+i)%10_000), fee(n))
				}
				o.pass(time.Hour)
				weight := weigh()
				b.StartTimer()
				if got := o.look(b); len(got) != changed {
					b.Fatalf("got %d changes, want %d", len(got), changed)
				}
				b.StopTimer()
				heaviest = max(heaviest, weight())
				b.StartTimer()
			}
			b.ReportMetric(heaviest, "peak-MiB")
		})
	}
}

// BenchmarkOwn reads 10,000 numbers, and BenchmarkMonths with them what they cost
// in two years of 50 changes a day.
func BenchmarkOwn(b *testing.B) {
	o := at(b, file(b), many(10_000)...)
	o.look(b)
	for b.Loop() {
		if got := o.own(b, true); len(got) != 10_000 {
			b.Fatal(len(got))
		}
	}
}

func BenchmarkMonths(b *testing.B) {
	o := at(b, file(b), many(10_000)...)
	o.look(b)
	for n := range 730 {
		for i := range 50 {
			o.list.edit(fmt.Sprint(971500000000+(n*50+i)%10_000), fee(n))
		}
		o.pass(24 * time.Hour)
		o.look(b)
	}
	for b.Loop() {
		own, err := o.Own(b.Context(), 0, true)
		if err != nil {
			b.Fatal(err)
		}
		got, err := o.Months(b.Context(), own, time.Time{}, time.UTC)
		if err != nil || len(got) != 25 {
			b.Fatal(len(got), err)
		}
	}
}

// fee sets another monthly fee.
func fee(n int) func(*exchange.Owned) {
	return func(r *exchange.Owned) { r.MonthlyFee = money.MustParse(fmt.Sprintf("%d.10", 20+n%1000)) }
}

// weigh returns a function that returns how many MiB the heap has grown at most
// since.
func weigh() func() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	base, most := m.HeapAlloc, m.HeapAlloc
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(2 * time.Millisecond); ; {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}()
	return func() float64 {
		close(stop)
		<-done
		return float64(most-base) / (1 << 20)
	}
}
