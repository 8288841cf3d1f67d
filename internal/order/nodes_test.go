package order_test

import (
	"didops/internal/audit"
	"didops/internal/proof"
	"didops/internal/transaction"
)

// The tree over a trail in memory is never kept: it is computed of its entries.

func (tx *memoryTx) Nodes(int, int64, int64) ([]proof.Node, error) { return nil, nil }

func (tx *memoryTx) KeepNodes([]proof.Node) error { return nil }

func (tx *memoryTx) Size() (int64, error) { return int64(len(tx.kept())), nil }

func (tx *memoryTx) Entry(seq int64) (audit.Kept, error) {
	if list := tx.kept(); seq > 0 && seq <= int64(len(list)) {
		return list[seq-1], nil
	}
	return audit.Kept{}, transaction.ErrNone
}

func (tx *memoryTx) Leaves(from, to int64) ([]proof.Hash, error) {
	var list []proof.Hash
	for _, k := range tx.kept()[from-1 : to] {
		list = append(list, proof.Leaf(k.Text))
	}
	return list, nil
}

// kept is the trail as the transaction sees it.
func (tx *memoryTx) kept() []audit.Kept {
	var list []audit.Kept
	_ = tx.Entries(func(k audit.Kept) error { // take never fails
		list = append(list, k)
		return nil
	})
	return list
}

// Nothing is signed for a trail in memory.

func (tx *memoryTx) StoreID() (string, error) { return "memory", nil }

func (tx *memoryTx) LogKeys() (string, error) { return "", nil }

func (tx *memoryTx) KeepLogKeys(string) error { return nil }

// The same of a transaction outside.

func (r remote) StoreID() (id string, err error) {
	do(r, func(tx audit.KeyTx) { id, err = tx.StoreID() })
	return id, err
}

func (r remote) LogKeys() (text string, err error) {
	do(r, func(tx audit.KeyTx) { text, err = tx.LogKeys() })
	return text, err
}

func (r remote) KeepLogKeys(text string) (err error) {
	do(r, func(tx audit.KeyTx) { err = tx.KeepLogKeys(text) })
	return err
}

func (r remote) Nodes(level int, from, to int64) (list []proof.Node, err error) {
	do(r, func(tx audit.Walker) { list, err = tx.Nodes(level, from, to) })
	return list, err
}

func (r remote) KeepNodes(list []proof.Node) (err error) {
	do(r, func(tx audit.Tx) { err = tx.KeepNodes(list) })
	return err
}

func (r remote) Size() (size int64, err error) {
	do(r, func(tx audit.LogTx) { size, err = tx.Size() })
	return size, err
}

func (r remote) Entry(seq int64) (k audit.Kept, err error) {
	do(r, func(tx audit.LogTx) { k, err = tx.Entry(seq) })
	return k, err
}

func (r remote) Leaves(from, to int64) (list []proof.Hash, err error) {
	do(r, func(tx audit.LogTx) { list, err = tx.Leaves(from, to) })
	return list, err
}
