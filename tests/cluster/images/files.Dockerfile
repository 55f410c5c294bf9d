# A user's image that holds nothing but migrations.
FROM scratch
COPY migrations /app/migrations
