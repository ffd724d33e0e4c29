-- Invoices get a currency; everything so far is in euros.
ALTER TABLE invoices ADD COLUMN currency text NOT NULL DEFAULT 'EUR' CHECK (currency IN ('EUR', 'USD', 'GBP', 'JPY'));
