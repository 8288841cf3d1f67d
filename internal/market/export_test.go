package market

// Small has cells and recordings hold so few rows that every test divides
// them.
func (m *Mirror) Small(cell, batch int) { m.most, m.batch = cell, batch }
