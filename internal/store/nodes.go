package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/transaction"
)

const (
	selectTexts = `SELECT entry FROM audit WHERE seq BETWEEN $1 AND $2 ORDER BY seq`
	selectEntry = `SELECT seq, entry, hash FROM audit WHERE seq = $1`
	selectNodes = `SELECT n, hash FROM audit_nodes WHERE level = $1 AND n >= $2 AND n < $3 ORDER BY n`
	insertNodes = `INSERT INTO audit_nodes (level, n, hash) VALUES `
	keepNodes   = ` ON CONFLICT (level, n) DO NOTHING`
	selectKeys  = `SELECT value FROM meta WHERE name = 'log'`
	upsertKeys  = `INSERT INTO meta (name, value) VALUES ('log', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	selectSize  = `SELECT COALESCE(MAX(seq), 0) FROM audit`
)

// StoreID implements [audit.KeyTx]: a hash of the key of the store, which backups
// of it have too.
func (t trailTx) StoreID() (string, error) {
	key, err := t.Key()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte("didops store v1\n"), key...))
	return hex.EncodeToString(sum[:8]), nil
}

// LogKeys implements [audit.KeyTx].
func (t trailTx) LogKeys() (string, error) {
	var text string
	err := t.one("read the keys of the log", []any{&text}, selectKeys)
	if errors.Is(err, transaction.ErrNone) {
		return "", nil
	}
	return text, err
}

// KeepLogKeys implements [audit.KeyTx].
func (t trailTx) KeepLogKeys(text string) error {
	_, err := t.exec("keep the keys of the log", upsertKeys, text)
	return err
}

// Size implements [audit.LogTx].
func (t trailTx) Size() (int64, error) {
	var size int64
	err := t.one("read the number of the last audit entry", []any{&size}, selectSize)
	return size, err
}

// Entry implements [audit.LogTx].
func (t trailTx) Entry(seq int64) (audit.Kept, error) {
	var k audit.Kept
	err := t.one("read an audit entry", []any{&k.Seq, &k.Text, &k.Hash}, selectEntry, seq)
	return k, err
}

// Leaves implements [proof.Source].
func (t trailTx) Leaves(from, to int64) ([]proof.Hash, error) {
	list := make([]proof.Hash, 0, max(0, to-from+1))
	var text string
	err := t.each("read the audit trail", []any{&text}, func() error {
		list = append(list, proof.Leaf(text))
		return nil
	}, selectTexts, from, to)
	return list, err
}

// Nodes implements [proof.Source].
func (t trailTx) Nodes(level int, from, to int64) ([]proof.Node, error) {
	var list []proof.Node
	node := proof.Node{Level: level}
	var text string
	err := t.each("read nodes of the audit trail", []any{&node.N, &text}, func() error {
		node.Hash, _ = proof.ParseHash(text) // what can't be read is no hash of anything
		list = append(list, node)
		return nil
	}, selectNodes, level, from, to)
	return list, err
}

// KeepNodes implements [audit.LogTx].
func (t trailTx) KeepNodes(list []proof.Node) error {
	rows := make([][]any, len(list))
	for i, n := range list {
		rows[i] = []any{n.Level, n.N, n.Hash.String()}
	}
	return t.insert("keep nodes of the audit trail", insertNodes, keepNodes, rows)
}

// grow keeps the nodes that the entries after one number, up to another, complete:
// one for 256 entries, and one for 256 of those.
func (t trailTx) grow(before, last int64) error {
	for n := before / proof.Span; n < last/proof.Span; n++ {
		leaves, err := t.Leaves(n*proof.Span+1, (n+1)*proof.Span)
		if err != nil || len(leaves) != proof.Span {
			return err // a trail with a gap is told by a check of it
		}
		next := []proof.Node{{Level: proof.Height, N: n, Hash: proof.Join(leaves)}}
		for level, n := proof.Height, n+1; n%proof.Span == 0; level, n = level+proof.Height, n/proof.Span {
			if err := t.KeepNodes(next); err != nil {
				return err
			}
			below, err := t.Nodes(level, n-proof.Span, n)
			if err != nil || len(below) != proof.Span {
				return err // of before nodes were kept: they are added with a head
			}
			hashes := make([]proof.Hash, len(below))
			for i, b := range below {
				hashes[i] = b.Hash
			}
			next = []proof.Node{{Level: level + proof.Height, N: n/proof.Span - 1, Hash: proof.Join(hashes)}}
		}
		if err := t.KeepNodes(next); err != nil {
			return err
		}
	}
	return nil
}
