package cache

// Len returns how many entries are held. Some of which the time is over may
// be among them until the next is put.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Len()
}
