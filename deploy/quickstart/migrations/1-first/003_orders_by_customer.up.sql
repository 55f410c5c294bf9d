-- CREATE INDEX CONCURRENTLY can't run inside a transaction. Sluice sees that, runs it alone, and after a crash
-- goes on at the statement that was not done.
create index concurrently orders_by_customer on orders (customer_id);
