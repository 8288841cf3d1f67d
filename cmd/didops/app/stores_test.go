package app

import (
	"io"
	"sync"
	"testing"
	"time"
)

// What serves looks at its key while others ask whether it is ready.
func TestAStoreIsOpenedByMany(t *testing.T) {
	m := newMachine(t)
	a := newApp(Host{Getenv: func(name string) string { return m.env[name] }, Now: time.Now, Out: io.Discard, Err: io.Discard})
	t.Cleanup(a.close)
	c, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			kept, err := a.store(c)
			again, _ := a.store(c)
			if err != nil || kept != again {
				t.Errorf("%p, then %p, %v", kept, again, err)
			}
			if err := a.signs(t.Context(), c); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
