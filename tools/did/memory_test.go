package did_test

import (
	"runtime"
	"testing"
	"time"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/tools/did"
)

// TestMemoryDoesNotGrowWithTheMarket holds that a search keeps no more than
// its best rows, however many it reads. It does not run beside other tests,
// whose memory would count.
func TestMemoryDoesNotGrowWithTheMarket(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 250,000 rows")
	}
	few, many := liveAfter(t, 50_000), liveAfter(t, 200_000)
	t.Logf("%d KiB live after 50,000 rows, %d KiB after 200,000", few>>10, many>>10)
	if many > few*3/2 && many > few+8<<20 {
		t.Errorf("got %d KiB live after 200,000 rows and %d KiB after 50,000, want about the same", many>>10, few>>10)
	}
}

// liveAfter returns how much a search over so many rows leaves behind.
func liveAfter(t *testing.T, rows int) int64 {
	t.Helper()
	r := start(t, setup{
		sandbox: sandbox.Options{Numbers: rows, PageMost: 2000},
		client:  tcxc.Options{PageSize: 2000, ReadDeadline: time.Hour, Timeout: time.Hour},
		did:     did.Config{Cache: longCache},
	})
	r.get("did_search", args{"country": "Jamaica"}) // what is made once
	before := live()
	got := r.get("did_search", args{})
	if all := got.Matched + got.Hidden; all != rows || !got.Complete {
		t.Fatalf("got %d rows, complete %v; want all %d", all, got.Complete, rows)
	}
	after := live()
	if next := r.get("did_search", args{"cursor": got.Next}); len(next.Numbers) != 10 {
		t.Fatalf("got %d rows on the next page, want 10", len(next.Numbers))
	}
	return after - before
}

func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
