package fakediscord

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// InMemory makes a Fake that is reached by [Fake.Transport] only and takes no
// socket, so that it can be used in a bubble of testing/synctest, where its
// time is that of the test. All that belongs to it must be made in the bubble.
func InMemory(f *Fake) { f.memory = &memory{dialled: make(chan net.Conn), closed: make(chan struct{})} }

// Transport returns a transport that reaches the Fake, by requests and by the
// gateway. The caller closes its idle connections.
func (f *Fake) Transport() *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 256}
	if f.memory != nil {
		t.DialContext = f.memory.dial
	}
	return t
}

// Unplug makes connections to a Fake that is [InMemory] fail until the
// function is called that is returned.
func (f *Fake) Unplug(err error) (plug func()) {
	f.memory.set(err)
	return func() { f.memory.set(nil) }
}

// memory is a listener without a network.
type memory struct {
	dialled chan net.Conn
	closed  chan struct{}
	once    sync.Once

	mu    sync.Mutex
	fails error // why nothing can be dialled; nil = it can
}

func (m *memory) set(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails = err
}

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	m.mu.Lock()
	fails := m.fails
	m.mu.Unlock()
	if fails != nil {
		return nil, fails
	}
	ours, theirs := net.Pipe()
	select {
	case m.dialled <- theirs:
		return ours, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements [net.Listener].
func (m *memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.dialled:
		return c, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener].
func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

// Addr implements [net.Listener].
func (*memory) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
