// Package cache is a bounded in-memory cache with LRU eviction and, where
// wanted, a time to live; a [Flight] adds single flight to it.
//
// A cache forgets: what must be known for as long as it matters is added with
// [Cache.TryAdd], which evicts nothing, or belongs elsewhere.
package cache

import (
	"math"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Config bounds a [Cache]. At least one of MaxEntries and MaxWeight is needed.
type Config[V any] struct {
	MaxEntries int // 0 = no bound by number

	// MaxWeight bounds the sum of what Weigh returns for the values, such as
	// bytes; 0 = no bound by weight. Weigh is needed with it, is quick, and
	// returns the same for the same value at any time.
	MaxWeight int
	Weigh     func(V) int

	// TTL is how long after it was put an entry is good; 0 = until it is
	// evicted. Now is needed with it. A clock that is set back or ahead by more
	// than TTL ends the entries that are there.
	TTL time.Duration
	Now func() time.Time
}

// Cache keeps values by key and evicts those that were put or got least
// recently. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	c Config[V]

	mu     sync.Mutex
	lru    *simplelru.LRU[K, entry[V]]
	weight int
}

type entry[V any] struct {
	value  V
	weight int
	put    time.Time
}

// New returns an empty cache. It panics where the cache would have no bound,
// a bound by weight has nothing to weigh by, or a TTL has no clock: these are
// mistakes in the program.
func New[K comparable, V any](c Config[V]) *Cache[K, V] {
	switch {
	case c.MaxEntries <= 0 && c.MaxWeight <= 0:
		panic("cache: a bound is needed")
	case c.MaxWeight > 0 && c.Weigh == nil:
		panic("cache: a bound by weight needs Weigh")
	case c.TTL > 0 && c.Now == nil:
		panic("cache: a TTL needs a clock")
	}
	if c.MaxEntries <= 0 {
		c.MaxEntries = math.MaxInt
	}
	cache := &Cache[K, V]{c: c}
	cache.lru, _ = simplelru.NewLRU(c.MaxEntries, func(_ K, e entry[V]) { cache.weight -= e.weight }) // fails for no size only
	return cache
}

// Get returns the value of a key, which counts as a use of it; not ok where
// there is none, or its time is over.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.has(key) {
		return value, false
	}
	e, _ := c.lru.Get(key)
	return e.value, true
}

// Put keeps a value in place of any that the key has, and begins its time.
// One that is heavier than the cache may be is not kept.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, value)
}

// Add is [Cache.Put] where the key has no value, and reports whether that was
// so. A value that is there stays as it is: neither used nor given more time.
func (c *Cache[K, V]) Add(key K, value V) (added bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has(key) {
		return false
	}
	c.put(key, value)
	return true
}

// TryAdd is [Cache.Add] that evicts nothing whose time is not over: where
// there is no room the value is not kept, and full is true. To find the
// entries whose time is over it relies on their order, which [Cache.Get]
// changes: a cache is used with one or the other.
func (c *Cache[K, V]) TryAdd(key K, value V) (added, full bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.has(key) {
		return false, false
	}
	c.expire()
	if c.lru.Len() >= c.c.MaxEntries || c.tooHeavy(c.weight+c.weigh(value)) {
		return false, true
	}
	c.put(key, value)
	return true, false
}

// Clear forgets everything.
func (c *Cache[K, V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Purge()
}

// Values returns the values whose time is not over, the least recently used
// first. It is no use of them.
func (c *Cache[K, V]) Values() []V {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []V
	for _, e := range c.lru.Values() {
		if !c.over(e) {
			list = append(list, e.value)
		}
	}
	return list
}

// has reports whether a key has a value, and removes one whose time is over.
func (c *Cache[K, V]) has(key K) bool {
	e, ok := c.lru.Peek(key)
	if ok && c.over(e) {
		c.lru.Remove(key)
		return false
	}
	return ok
}

func (c *Cache[K, V]) put(key K, value V) {
	c.lru.Remove(key)
	c.expire()
	e := entry[V]{value: value, weight: c.weigh(value)}
	if c.tooHeavy(e.weight) {
		return
	}
	if c.c.TTL > 0 {
		e.put = c.c.Now()
	}
	c.lru.Add(key, e)
	c.weight += e.weight
	for c.tooHeavy(c.weight) {
		c.lru.RemoveOldest()
	}
}

// expire removes entries whose time is over, as long as they are next to be
// evicted.
func (c *Cache[K, V]) expire() {
	for {
		_, e, ok := c.lru.GetOldest()
		if !ok || !c.over(e) {
			return
		}
		c.lru.RemoveOldest()
	}
}

func (c *Cache[K, V]) over(e entry[V]) bool {
	return c.c.TTL > 0 && c.c.Now().Sub(e.put).Abs() > c.c.TTL
}

func (c *Cache[K, V]) weigh(value V) int {
	if c.c.MaxWeight <= 0 {
		return 0
	}
	return c.c.Weigh(value)
}

func (c *Cache[K, V]) tooHeavy(weight int) bool {
	return c.c.MaxWeight > 0 && weight > c.c.MaxWeight
}
