package fakediscord

import (
	"fmt"
	"slices"
	"testing"
)

// channel holds the messages of a channel.
type channel struct {
	public []string            // ids of those that everyone sees, oldest first
	byID   map[string]*Message // these and the ephemeral ones
	place  Place
}

// in returns a channel. The lock is held.
func (f *Fake) in(id string) *channel {
	c := f.channels[id]
	if c == nil {
		c = &channel{byID: map[string]*Message{}}
		f.channels[id] = c
	}
	return c
}

// keep puts a message in place of its older state, or at the end of its
// channel. The lock is held.
func (f *Fake) keep(m *Message) {
	c := f.in(m.Channel)
	if c.byID[m.ID] == nil && !m.Ephemeral() {
		c.public = append(c.public, m.ID)
	}
	c.byID[m.ID] = m
	f.touch()
}

// Messages returns what everyone sees in a channel now, oldest first: the
// bot's messages and its answers that are not ephemeral.
func (f *Fake) Messages(channel string) []*Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.in(channel).seen()
}

func (c *channel) seen() []*Message {
	out := make([]*Message, 0, len(c.public))
	for _, id := range c.public {
		out = append(out, c.byID[id])
	}
	return out
}

// Posted waits until a channel has n messages that everyone sees and returns
// the n-th as it is then.
func (f *Fake) Posted(tb testing.TB, channel string, n int) *Message {
	tb.Helper()
	return wait(tb, f, fmt.Sprintf("message %d of channel %s", n, channel), func() (*Message, bool) {
		c := f.in(channel)
		if len(c.public) < n {
			return nil, false
		}
		return c.byID[c.public[n-1]], true
	})
}

// MessageWhere waits until a message of the channel suits and returns it; the
// newest first.
func (f *Fake) MessageWhere(tb testing.TB, channel string, suits func(*Message) bool) *Message {
	tb.Helper()
	return wait(tb, f, "a message of channel "+channel, func() (*Message, bool) {
		for _, m := range slices.Backward(f.in(channel).seen()) {
			if suits(m) {
				return m, true
			}
		}
		return nil, false
	})
}

// Delete deletes a message, as a moderator does.
func (f *Fake) Delete(m *Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.in(m.Channel)
	c.public = slices.DeleteFunc(c.public, func(id string) bool { return id == m.ID })
	delete(c.byID, m.ID)
	f.touch()
}
