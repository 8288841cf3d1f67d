package cache_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/cache"
)

// TestCacheIsAsAList compares a cache with a list of its entries, the least
// recently used first.
func TestCacheIsAsAList(t *testing.T) {
	t.Parallel()
	type entry struct {
		key, value int
		put        time.Time
	}
	rapid.Check(t, func(t *rapid.T) {
		k := newClock()
		most, heaviest := rapid.IntRange(1, 6).Draw(t, "entries"), rapid.IntRange(1, 30).Draw(t, "weight")
		c := cache.New[int](cache.Config[int]{
			MaxEntries: most, MaxWeight: heaviest, Weigh: func(v int) int { return v }, TTL: time.Minute, Now: k.now,
		})
		var list []entry
		at := func(key int) int {
			return slices.IndexFunc(list, func(e entry) bool { return e.key == key && k.at.Sub(e.put) <= time.Minute })
		}
		put := func(key, value int) {
			list = slices.DeleteFunc(list, func(e entry) bool { return e.key == key })
			for len(list) > 0 && k.at.Sub(list[0].put) > time.Minute {
				list = list[1:]
			}
			if value > heaviest {
				return
			}
			list = append(list, entry{key, value, k.at})
			weight := 0
			for i, e := range slices.Backward(list) {
				if weight += e.value; weight > heaviest || len(list)-i > most {
					list = list[i+1:]
					break
				}
			}
		}
		key, value := rapid.IntRange(0, 8), rapid.IntRange(0, 12)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				x, v := key.Draw(t, "key"), value.Draw(t, "value")
				c.Put(x, v)
				put(x, v)
			},
			"add": func(t *rapid.T) {
				x, v := key.Draw(t, "key"), value.Draw(t, "value")
				want := at(x) < 0
				if got := c.Add(x, v); got != want {
					t.Fatalf("add %d: got %v, want %v", x, got, want)
				}
				if want {
					put(x, v)
				}
			},
			"get": func(t *rapid.T) {
				x := key.Draw(t, "key")
				got, ok := c.Get(x)
				i := at(x)
				if ok != (i >= 0) || ok && got != list[i].value {
					t.Fatalf("get %d: got %d, %v; want that of %v", x, got, ok, list)
				}
				if ok {
					list = append(slices.Delete(slices.Clone(list), i, i+1), list[i])
				} else {
					list = slices.DeleteFunc(list, func(e entry) bool { return e.key == x })
				}
			},
			"wait": func(t *rapid.T) { k.advance(time.Duration(rapid.IntRange(0, 40).Draw(t, "seconds")) * time.Second) },
			"": func(t *rapid.T) {
				var want []int
				for _, e := range list {
					if k.at.Sub(e.put) <= time.Minute {
						want = append(want, e.value)
					}
				}
				if diff := cmp.Diff(want, c.Values()); diff != "" {
					t.Fatalf("values (-want +got):\n%s", diff)
				}
				if c.Len() > most {
					t.Fatalf("got %d entries, want at most %d", c.Len(), most)
				}
			},
		})
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := cache.New[int](cache.Config[int]{MaxEntries: 10, MaxWeight: 100, Weigh: func(n int) int { return n }})
	var added [10]int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range added {
				if c.Add(i, 1) {
					mu.Lock()
					added[i]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for i, n := range added {
		if n != 1 {
			t.Errorf("%d was added %d times, want once", i, n)
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	k := newClock()
	c := cache.New[int](cache.Config[struct{}]{MaxEntries: 4096, TTL: time.Hour, Now: k.now})
	for i := 0; b.Loop(); i++ {
		c.Add(i, struct{}{})
	}
}
