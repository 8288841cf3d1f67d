-- +goose Up

-- A file tells nobody of its entries.
SELECT 1;
