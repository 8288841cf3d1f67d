package cache_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/cache"
)

// clock is one that a test moves. It is not for concurrent use.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, time.March, 1, 9, 0, 0, 0, time.UTC)} }

func TestLeastRecentlyUsedIsEvicted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		use  func(*cache.Cache[string, string])
		want []string
	}{
		{"put only", func(*cache.Cache[string, string]) {}, []string{"2", "3", "4"}},
		{"got", func(c *cache.Cache[string, string]) { c.Get("a") }, []string{"3", "1", "4"}},
		{"put again", func(c *cache.Cache[string, string]) { c.Put("a", "5") }, []string{"3", "5", "4"}},
		{"added again", func(c *cache.Cache[string, string]) { c.Add("a", "5") }, []string{"2", "3", "4"}},
		{"listed", func(c *cache.Cache[string, string]) { c.Values() }, []string{"2", "3", "4"}},
		{"cleared", func(c *cache.Cache[string, string]) { c.Clear() }, []string{"4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := cache.New[string](cache.Config[string]{MaxEntries: 3})
			c.Put("a", "1")
			c.Put("b", "2")
			c.Put("c", "3")
			tt.use(c)
			c.Put("d", "4")
			if diff := cmp.Diff(tt.want, c.Values()); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
			if got, want := c.Len(), len(tt.want); got != want {
				t.Errorf("got %d entries, want %d", got, want)
			}
		})
	}
}

func TestWeightIsBounded(t *testing.T) {
	t.Parallel()
	c := cache.New[string](cache.Config[string]{MaxWeight: 10, Weigh: func(s string) int { return len(s) }})
	put := func(key, value string, want ...string) {
		t.Helper()
		c.Put(key, value)
		if diff := cmp.Diff(want, c.Values()); diff != "" {
			t.Errorf("after %s = %q (-want +got):\n%s", key, value, diff)
		}
	}
	put("a", "aaaa", "aaaa")
	put("b", "bbbb", "aaaa", "bbbb")
	put("c", "cc", "aaaa", "bbbb", "cc")
	put("d", "d", "bbbb", "cc", "d")
	put("b", "bbbbbbb", "cc", "d", "bbbbbbb") // of another weight
	put("e", strings.Repeat("e", 10), strings.Repeat("e", 10))
	put("f", strings.Repeat("f", 11), strings.Repeat("e", 10)) // too heavy by itself
	put("e", strings.Repeat("e", 11))                          // and no longer what it was
	c.Clear()
	put("g", strings.Repeat("g", 10), strings.Repeat("g", 10))
}

func TestEntriesEndWithTheirTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after time.Duration
		want  bool
	}{
		{"within", 30 * time.Second, true},
		{"at the last moment", time.Minute, true},
		{"over", time.Minute + 1, false},
		{"clock set back a little", -time.Minute, true},
		{"clock set back far", -time.Minute - 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newClock()
			c := cache.New[string](cache.Config[int]{MaxEntries: 8, TTL: time.Minute, Now: k.now})
			c.Put("a", 1)
			k.advance(tt.after)
			if got := len(c.Values()) == 1; got != tt.want {
				t.Errorf("listed: got %v, want %v", got, tt.want)
			}
			if _, got := c.Get("a"); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if got := c.Add("a", 2); got == tt.want {
				t.Errorf("added: got %v, want %v", got, !tt.want)
			}
		})
	}
}

// TestAddGivesNoMoreTime holds that what is seen over and over becomes new
// again, and that using an entry does not keep it.
func TestAddGivesNoMoreTime(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := cache.New[string](cache.Config[int]{MaxEntries: 8, TTL: time.Minute, Now: k.now})
	c.Add("a", 1)
	k.advance(40 * time.Second)
	if c.Add("a", 2) {
		t.Error("added what is there")
	}
	c.Get("a")
	k.advance(40 * time.Second)
	if !c.Add("a", 3) {
		t.Error("not added though its time is over")
	}
	if got, ok := c.Get("a"); !ok || got != 3 {
		t.Errorf("got %d, %v, want 3", got, ok)
	}
}

func TestTryAddEvictsNothing(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := cache.New[string](cache.Config[string]{
		MaxEntries: 3, MaxWeight: 10, Weigh: func(s string) int { return len(s) }, TTL: time.Minute, Now: k.now,
	})
	try := func(key, value string, wantAdded, wantFull bool) {
		t.Helper()
		if added, full := c.TryAdd(key, value); added != wantAdded || full != wantFull {
			t.Errorf("%s: got added %v, full %v; want %v, %v", key, added, full, wantAdded, wantFull)
		}
	}
	try("a", "aaaa", true, false)
	k.advance(30 * time.Second)
	try("b", "bbbb", true, false)
	try("a", "a", false, false)
	try("c", "ccc", false, true) // too heavy
	try("d", "d", true, false)
	try("e", "e", false, true) // too many
	k.advance(31 * time.Second)
	try("e", "e", true, false) // in place of the first
	try("f", "f", false, true)
	if diff := cmp.Diff([]string{"bbbb", "d", "e"}, c.Values()); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestOldEntriesGoByThemselves holds that what is over takes no memory for as
// long as others come.
func TestOldEntriesGoByThemselves(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := cache.New[int](cache.Config[int]{MaxEntries: 1000, TTL: time.Minute, Now: k.now})
	for i := range 100 {
		c.Put(i, i)
	}
	k.advance(2 * time.Minute)
	c.Put(100, 100)
	if got := c.Len(); got != 1 {
		t.Errorf("got %d entries, want 1", got)
	}
}

func TestNewRefusesMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]cache.Config[int]{
		"no bound": {}, "nothing to weigh by": {MaxWeight: 1}, "no clock": {MaxEntries: 1, TTL: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("got a cache, want a panic")
				}
			}()
			cache.New[string](c)
		})
	}
}
