package watch_test

import (
	"fmt"
	"testing"
	"time"

	"didops/internal/identity"
	"didops/internal/watch"
)

// BenchmarkLook is one look at a market of 100,000 numbers for 500 watches, of
// which every tenth asks for something of all of it.
func BenchmarkLook(b *testing.B) {
	d := newDesk(b)
	for i := range 100_000 {
		d.put(fmt.Sprintf("97150%07d", i*37), fmt.Sprintf("%d.%02d", 3+i%40, i%100))
	}
	d.read()
	for i := range watch.MaxWatches {
		filter := fmt.Sprintf(`{"prefix":"97150%02d","max_monthly_fee":"4"}`, i%37)
		if i%10 == 0 {
			filter = fmt.Sprintf(`{"pattern":"*%03d"}`, i)
		}
		_, err := d.watches.Add(b.Context(), watch.Wish{
			Watch: watch.Watch{Name: fmt.Sprint(i), Filter: []byte(filter), Until: d.now.Add(time.Hour), PerDay: 1},
			By:    identity.Caller{Principal: principal(identity.HTTP, fmt.Sprint(i/watch.MaxOwn))},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := d.watches.Look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
