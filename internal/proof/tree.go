package proof

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Height is how many levels of the tree one kept node stands above those that
// it is made of: of the levels, those that it divides are kept.
const Height = 8

// Span is how many nodes a kept node is made of.
const Span = 1 << Height

// Node is a kept node of the tree: of Level 8, 16, 24 …, the N-th from 0, over
// the entries from N<<Level+1 to (N+1)<<Level.
type Node struct {
	Level int
	N     int64
	Hash  Hash
}

// Source is where a log is kept. Its methods need not be safe for concurrent
// use.
type Source interface {
	// Leaves returns the hashes of the entries numbered from from to to, both
	// included and counted from 1: [Leaf] of the text of each.
	Leaves(from, to int64) ([]Hash, error)
	// Nodes returns what is kept of a level, from the from-th to before the
	// to-th. What is not kept is left out.
	Nodes(level int, from, to int64) ([]Node, error)
}

// Leaf returns the hash of an entry as the tree has it.
func Leaf(text string) Hash { return tlog.RecordHash([]byte(text)) }

// ParseHash reads a hash in base64, as [Hash.String] writes it.
func ParseHash(text string) (Hash, error) {
	h, err := tlog.ParseHash(text)
	if err == nil && h.String() != text {
		err = errors.New("the hash is not written as hashes are")
	}
	return h, err
}

// Join returns the hash of the node over as many nodes as a power of two.
func Join(list []Hash) Hash {
	list = slices.Clone(list)
	for ; len(list) > 1; list = list[:len(list)/2] {
		for i := range len(list) / 2 {
			list[i] = tlog.NodeHash(list[2*i], list[2*i+1])
		}
	}
	return list[0]
}

// Tree proves what a log holds, as far as it has come at one moment. Nodes of
// before any were kept are computed of the entries. It is not safe for
// concurrent use.
type Tree struct {
	Size   int64 // entries
	source Source
	tiles  map[tile][]Hash
	made   []Node
}

// tile names nodes that one kept node is made of.
type tile struct {
	level int
	n     int64 // of the node above
}

// NewTree returns the tree of a log with so many entries.
func NewTree(source Source, size int64) *Tree {
	return &Tree{Size: size, source: source, tiles: map[tile][]Hash{}}
}

// Made returns the nodes that should have been kept and had to be computed.
func (t *Tree) Made() []Node {
	slices.SortFunc(t.made, func(a, b Node) int { return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.N, b.N)) })
	return t.made
}

// Root returns the root over the first entries.
func (t *Tree) Root(size int64) (Hash, error) {
	if size < 0 || size > t.Size {
		return Hash{}, fmt.Errorf("the log has %d entries, and not %d", t.Size, size)
	}
	return tlog.TreeHash(size, t)
}

// Include proves that an entry, from 1, is in the log of the first entries.
func (t *Tree) Include(seq, size int64) ([]Hash, error) {
	if size > t.Size || seq < 1 || seq > size {
		return nil, fmt.Errorf("the log has %d entries, and no %d within %d", t.Size, seq, size)
	}
	return tlog.ProveRecord(size, seq-1, t)
}

// Extend proves that the log of to entries continues that of from.
func (t *Tree) Extend(from, to int64) ([]Hash, error) {
	switch {
	case from < 0 || from > to || to > t.Size:
		return nil, fmt.Errorf("the log has %d entries, and none continues from %d to %d", t.Size, from, to)
	case from == 0 || from == to:
		return []Hash{}, nil
	}
	return tlog.ProveTree(to, from, t)
}

// Lacking returns the nodes that should be kept and are not, having computed
// them.
func (t *Tree) Lacking() ([]Node, error) {
	for level := Height; t.Size>>level > 0; level += Height {
		count := t.Size >> level
		for from := int64(0); from < count; from += Span {
			if _, err := t.cached(tile{level, from / Span}); err != nil {
				return nil, err
			}
		}
	}
	return t.Made(), nil
}

// ReadHashes implements [tlog.HashReader].
func (t *Tree) ReadHashes(indexes []int64) ([]Hash, error) {
	list := make([]Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		base := level - level%Height
		from, count := n<<(level-base), int64(1)<<(level-base)
		nodes, err := t.cached(tile{base, from / Span})
		if err != nil {
			return nil, err
		}
		first := from % Span
		if first+count > int64(len(nodes)) {
			return nil, fmt.Errorf("the log lacks nodes of level %d from %d", base, from)
		}
		list[i] = Join(nodes[first : first+count])
	}
	return list, nil
}

// cached returns the nodes of a tile, and remembers them.
func (t *Tree) cached(at tile) ([]Hash, error) {
	if list, ok := t.tiles[at]; ok {
		return list, nil
	}
	list, err := t.tile(at)
	if err == nil {
		t.tiles[at] = list
	}
	return list, err
}

// tile returns the nodes of a tile, as many as there are.
func (t *Tree) tile(at tile) ([]Hash, error) {
	from := at.n * Span
	to := min(from+Span, t.Size>>at.level)
	var list []Hash
	var err error
	if at.level == 0 {
		list, err = t.source.Leaves(from+1, to)
	} else {
		list, err = t.nodes(at.level, from, to)
	}
	if err == nil && int64(len(list)) != to-from {
		err = fmt.Errorf("the log lacks entries among %d to %d", from<<at.level+1, to<<at.level)
	}
	return list, err
}

// nodes returns kept nodes, and computes those that are not.
func (t *Tree) nodes(level int, from, to int64) ([]Hash, error) {
	kept, err := t.source.Nodes(level, from, to)
	if err != nil {
		return nil, err
	}
	list := make([]Hash, to-from)
	known := make([]bool, to-from)
	for _, n := range kept {
		list[n.N-from], known[n.N-from] = n.Hash, true
	}
	for i := range list {
		if known[i] {
			continue
		}
		// Entries are read once, and are many; of the rest there is little.
		read := t.cached
		if level == Height {
			read = t.tile
		}
		below, err := read(tile{level - Height, from + int64(i)})
		if err != nil {
			return nil, err
		}
		list[i] = Join(below)
		t.made = append(t.made, Node{level, from + int64(i), list[i]})
	}
	return list, nil
}

// Growth returns the tree over the first entries as it grows on from there.
func (t *Tree) Growth(size int64) (*Growth, error) {
	g := &Growth{size: size}
	var indexes []int64
	for level, at := 62, int64(0); level >= 0; level-- {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, at>>level))
			at += 1 << level
		}
	}
	var err error
	g.edge, err = t.ReadHashes(indexes)
	return g, err
}

// NodeError is a kept node that is not what the entries make of it.
type NodeError struct{ Node }

// Error implements error.
func (e *NodeError) Error() string {
	return fmt.Sprintf("node %d of level %d of the tree is not that of the entries below it", e.N, e.Level)
}

// Hold holds what is kept against nodes that were made of the entries, of each
// level one after the other: [NodeError] for the first that is another. What is not
// kept is noted as made.
func (t *Tree) Hold(made []Node) error {
	levels := map[int][]Node{}
	for _, n := range made {
		levels[n.Level] = append(levels[n.Level], n)
	}
	for level, list := range levels {
		kept, err := t.source.Nodes(level, list[0].N, list[len(list)-1].N+1)
		if err != nil {
			return err
		}
		known := map[int64]Hash{}
		for _, n := range kept {
			known[n.N] = n.Hash
		}
		for _, n := range list {
			switch hash, ok := known[n.N]; {
			case !ok:
				t.made = append(t.made, n)
			case hash != n.Hash:
				return &NodeError{Node{level, n.N, hash}}
			}
		}
	}
	return nil
}

// Growth follows the tree over entries that come one after the other, and the
// nodes that are kept of it. The zero value is an empty tree. It is not safe for
// concurrent use.
type Growth struct {
	size  int64
	edge  []Hash // of complete trees, the largest first
	Nodes []Node // completed, of which a log keeps
}

// Add adds the hash of the next entry.
func (g *Growth) Add(leaf Hash) {
	g.edge = append(g.edge, leaf)
	g.size++
	for level := 1; g.size>>(level-1)&1 == 0; level++ {
		end := len(g.edge) - 1
		g.edge[end-1] = tlog.NodeHash(g.edge[end-1], g.edge[end])
		g.edge = g.edge[:end]
		if level%Height == 0 {
			g.Nodes = append(g.Nodes, Node{level, g.size>>level - 1, g.edge[end-1]})
		}
	}
}

// Size returns how many entries were added.
func (g *Growth) Size() int64 { return g.size }

// Root returns the root over the entries that were added.
func (g *Growth) Root() Hash {
	if g.size == 0 {
		root, _ := tlog.TreeHash(0, nil) // of no entries; it reads nothing
		return root
	}
	root := g.edge[len(g.edge)-1]
	for i := len(g.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(g.edge[i], root)
	}
	return root
}
